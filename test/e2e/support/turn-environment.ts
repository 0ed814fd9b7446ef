import { TestEnvironment } from 'jest-environment-node';
import type { Circus } from '@jest/types';
import { execa, type ExecaChildProcess } from 'execa';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inspect } from 'node:util';
import { keepAll } from './evidence';
import { testSystem } from './settings';

const lock = path.join(testSystem.directory, 'turn.lock');

/** Test files run side by side on the one system; those in alone/, which stop it or count what is left on it, while no other does. */
class TurnEnvironment extends TestEnvironment {
  private readonly kind: string;
  private readonly file: string;
  private turn?: ExecaChildProcess;

  constructor(...given: ConstructorParameters<typeof TestEnvironment>) {
    super(...given);
    const [, { testPath }] = given;
    this.file = path.basename(testPath, '.test.ts');
    this.kind = path.basename(path.dirname(testPath)) === 'alone' ? '--exclusive' : '--shared';
  }

  override async setup(): Promise<void> {
    await super.setup();
    await mkdir(testSystem.directory, { recursive: true, mode: 0o700 });
    // The lock ends with this process, whatever becomes of it.
    this.turn = execa('flock', [this.kind, lock, 'sh', '-c', 'echo; cat'], { reject: false });
    if (this.turn.stdout) await once(this.turn.stdout, 'data');
  }

  /** What a test that fails would remove with its service is kept first, in a directory of its file and the time. */
  handleTestEvent = async (event: Circus.Event): Promise<void> => {
    if (event.name !== 'test_fn_failure' && event.name !== 'hook_failure') return;
    const directory = path.join(testSystem.directory, 'evidence', `${this.file}-${new Date().toISOString()}`);
    await keepAll(testSystem.clusters, directory).catch((error: unknown) => console.error(`the evidence of ${this.file} could not be kept: ${String(error)}`));
    await writeFile(path.join(directory, 'failure'), inspect('error' in event ? event.error : event)).catch(() => undefined);
  };

  override async teardown(): Promise<void> {
    this.turn?.stdin?.end();
    await this.turn;
    await super.teardown();
  }
}

export { TurnEnvironment as default };
