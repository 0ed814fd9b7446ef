import { TestEnvironment } from 'jest-environment-node';
import { execa, type ExecaChildProcess } from 'execa';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { testSystem } from './settings';

const lock = path.join(testSystem.directory, 'turn.lock');

/** Test files run side by side on the one system; those in alone/, which stop it or count what is left on it, while no other does. */
class TurnEnvironment extends TestEnvironment {
  private readonly kind: string;
  private turn?: ExecaChildProcess;

  constructor(...given: ConstructorParameters<typeof TestEnvironment>) {
    super(...given);
    const [, { testPath }] = given;
    this.kind = path.basename(path.dirname(testPath)) === 'alone' ? '--exclusive' : '--shared';
  }

  override async setup(): Promise<void> {
    await super.setup();
    await mkdir(testSystem.directory, { recursive: true, mode: 0o700 });
    // The lock ends with this process, whatever becomes of it.
    this.turn = execa('flock', [this.kind, lock, 'sh', '-c', 'echo; cat'], { reject: false });
    if (this.turn.stdout) await once(this.turn.stdout, 'data');
  }

  override async teardown(): Promise<void> {
    this.turn?.stdin?.end();
    await this.turn;
    await super.teardown();
  }
}

export { TurnEnvironment as default };
