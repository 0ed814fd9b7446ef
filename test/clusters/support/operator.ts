import { execa, type ExecaChildProcess } from 'execa';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { eventually } from '../../e2e/support/await';
import { repository } from '../../e2e/support/clusters';
import { clusterSystem, east } from './settings';

/** A configuration that has the shared system's Temporal, the cluster, and nothing else of the others. */
export async function operatorConfiguration(directory: string, kubeconfig: string): Promise<string> {
  const shared = parse(await readFile(path.join(clusterSystem.directory, 'carryon.yaml'), 'utf8')) as { temporal: unknown; clusters: { id: string; kubernetes?: object }[] };
  const clusters = shared.clusters.filter(({ id }) => id === east).map((cluster) => ({ ...cluster, kubernetes: { ...cluster.kubernetes, kubeconfig } }));
  const file = path.join(directory, 'carryon.yaml');
  await writeFile(file, stringify({ ...shared, stateDir: 'none', clusters }));
  return file;
}

/** `carryon operator`, as a user starts it. */
export class Operator {
  /** All that it wrote. */
  private said = '';

  private constructor(private readonly process: ExecaChildProcess) {
    process.all?.on('data', (data: Buffer) => (this.said += data.toString()));
  }

  static start(configuration: string): Operator {
    return new Operator(execa(process.execPath, [path.join(repository, 'bin/carryon.js'), 'operator', '--cluster', east, '--config', configuration], { reject: false, all: true, buffer: false }));
  }

  /** One that watches already. */
  static async started(configuration: string): Promise<Operator> {
    const operator = Operator.start(configuration);
    await operator.says('watching');
    return operator;
  }

  says(words: string): Promise<boolean> {
    return eventually(`an operator that says "${words}"`, () => Promise.resolve(this.said.includes(words)));
  }

  async ended(): Promise<{ exitCode: number | undefined; said: string }> {
    const { exitCode } = await this.process;
    return { exitCode, said: this.said };
  }

  end(signal: 'SIGTERM' | 'SIGKILL') {
    this.process.kill(signal);
    return this.ended();
  }
}
