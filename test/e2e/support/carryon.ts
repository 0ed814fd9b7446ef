import { execa } from 'execa';
import path from 'node:path';
import type { MigrationReport, Strategy } from '../../../domain/migration';
import { repository } from './clusters';

export interface CliResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cluster: string;
  name: string;
  image: string;
  /** host:container */
  ports?: string[];
  env?: Record<string, string>;
  volumes?: string[];
  memory?: string;
  command?: string[];
}

export interface MigrateOptions {
  to: string;
  strategy?: Strategy;
  relayFor?: string;
}

/** The command line as a user runs it, with one configuration. */
export class Carryon {
  constructor(readonly config: string) {}

  /** Runs a command; a failure is a result like any other. */
  async cli(...args: string[]): Promise<CliResult> {
    const { exitCode, stdout, stderr } = await execa(process.execPath, [path.join(repository, 'bin/carryon.js'), ...args], {
      reject: false,
      timeout: commandTimeoutMs,
      env: { CARRYON_CONFIG: this.config },
    });
    return { exitCode: exitCode ?? -1, stdout, stderr };
  }

  /** Runs a command that must succeed. */
  async must(...args: string[]): Promise<string> {
    const result = await this.cli(...args);
    if (result.exitCode !== 0) throw new Error(`carryon ${args.join(' ')} exited with ${result.exitCode}:\n${result.stderr}\n${result.stdout}`);
    return result.stdout;
  }

  async run(options: RunOptions): Promise<void> {
    await this.must(
      'run', '--json', '--cluster', options.cluster, '--name', options.name,
      ...(options.ports ?? []).flatMap((port) => ['-p', port]),
      ...Object.entries(options.env ?? {}).flatMap(([key, value]) => ['-e', `${key}=${value}`]),
      ...(options.volumes ?? []).flatMap((volume) => ['-v', volume]),
      ...(options.memory ? ['--memory', options.memory] : []),
      options.image,
      ...(options.command ?? []),
    );
  }

  async migrate(name: string, options: MigrateOptions): Promise<MigrationReport> {
    return JSON.parse(await this.must(...migrateArguments(name, options))) as MigrationReport;
  }

  tryToMigrate(name: string, options: MigrateOptions): Promise<CliResult> {
    return this.cli(...migrateArguments(name, options));
  }

  async remove(name: string): Promise<void> {
    await this.cli('stop', name);
    await this.cli('rm', name, '--volumes');
  }
}

const commandTimeoutMs = 240_000;

const migrateArguments = (name: string, { to, strategy, relayFor }: MigrateOptions) => [
  'migrate', name, '--to', to, '--json', ...(strategy ? ['--strategy', strategy] : []), ...(relayFor ? ['--relay-for', relayFor] : []),
];
