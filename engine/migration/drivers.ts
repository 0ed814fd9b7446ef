import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { MigrationFailedError } from '../../domain/errors';
import type { Role } from '../ports';
import { readIfThere } from '../read-file';
import { writeDurably } from '../write-file';
import { answers, askDriver, type DriverAnswer, type DriverRequest } from './control-socket';
import { formatConfig } from './driver-config';
import { createShared } from './shared';
import { dismissEarlier } from './dismiss-earlier';
import { forgetEnded } from './forget-ended';

/** Native handoff drivers, one per migration. They outlive the engine; whether one lives is asked of its socket. */
export interface Drivers {
  alive(dir: string): Promise<boolean>;
  /** Starts the driver unless it lives; resolves when it answers. */
  ensure(role: Role, dir: string, config: Record<string, string>, peerCa: string): Promise<void>;
  /** Starts it again with the configuration that it had, unless it lives. */
  revive(role: Role, dir: string): Promise<void>;
  ask(dir: string, request: DriverRequest): Promise<DriverAnswer>;
  /** Waits a while for a driver that is done to end; false when it does not. */
  ended(dir: string): Promise<boolean>;
}

const answersWithinMs = 10_000;
/** Drivers linger, so that a late question still gets its answer. */
const endsWithinMs = 10_000;

export function nativeDrivers(program: string): Drivers {
  const socket = (dir: string) => join(dir, 'ctl.sock');
  // A verb and the supervisor may both find a driver dead: it is started once.
  const starts = createShared();
  const drivers: Drivers = {
    alive: (dir) => answers(socket(dir)),
    ask: (dir, request) => askDriver(socket(dir), request),
    ensure: async (role, dir, config, peerCa) => {
      if (await drivers.alive(dir)) return;
      await mkdir(join(dir, 'images'), { recursive: true, mode: 0o700 });
      await writeDurably(join(dir, 'peer-ca.pem'), peerCa);
      await writeDurably(join(dir, 'config'), formatConfig(config));
      if (role === 'destination') await dismissEarlier(dir, { alive: (other) => drivers.alive(other), dismiss: (other) => drivers.ask(other, { do: 'dismiss' }) });
      await drivers.revive(role, dir);
      // Beside the migration: an earlier driver may still linger. What cannot be removed now is removed by the next migration.
      void forgetEnded(dir, (other) => drivers.ended(other)).catch(() => undefined);
    },
    revive: (role, dir) => starts.run(dir, async () => {
      if (await drivers.alive(dir)) return;
      const ended = await launch(program, role, dir);
      const deadline = performance.now() + answersWithinMs;
      while (!(await drivers.alive(dir))) {
        if (ended.code !== undefined) throw await notStarted(dir, `ended at once (${ended.code})`);
        if (performance.now() > deadline) throw await notStarted(dir, `did not answer within ${answersWithinMs} ms`);
        await sleep(20);
      }
      // It opens its socket first and prepares then: its first answer says that it is ready.
      const ready = await drivers.ask(dir, { do: 'status' }).catch(() => undefined);
      if (!ready?.ok) throw await notStarted(dir, 'could not prepare');
    }),
    ended: async (dir) => {
      const deadline = performance.now() + endsWithinMs;
      while (await drivers.alive(dir)) {
        if (performance.now() > deadline) return false;
        await sleep(50);
      }
      return true;
    },
  };
  return drivers;
}

/** Detached, in a session of its own, its output in a file: the engine may die under it. */
async function launch(program: string, role: Role, dir: string): Promise<{ code?: number | string }> {
  const log = await open(join(dir, 'driver.log'), 'a', 0o600);
  const ended: { code?: number | string } = {};
  try {
    const child = execa(program, [role, join(dir, 'config')], { detached: true, cleanup: false, reject: false, stdio: ['ignore', log.fd, log.fd] });
    child.unref();
    void child.then((result) => {
      // A program that could not be started has no exit code.
      ended.code = result.exitCode ?? result.signal ?? 'not started';
    });
  } finally {
    await log.close();
  }
  return ended;
}

async function notStarted(dir: string, why: string): Promise<MigrationFailedError> {
  const tail = ((await readIfThere(join(dir, 'driver.log'))) ?? '').trim().split('\n').slice(-5).join('; ');
  return new MigrationFailedError('driver-failed', `the handoff driver ${why}: ${tail || 'no output'}`, { next: 'the service is untouched; look at driver.log' });
}
