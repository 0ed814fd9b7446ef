import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../engine';
import { allowed } from '../journal/allowed';
import { insist } from '../refusal';
import { killIfThere } from '../sandbox/kill-if-there';
import { isAlive } from './alive';
import { hold } from './hold';

/** From SIGKILL to the end. */
const killMarginMs = 5000;

/** SIGTERM, then SIGKILL; resolves with the application's exit code. Init then ends the outer container with the same code. */
export async function stopService(engine: Engine, timeoutMs: number): Promise<{ exitCode: number }> {
  await engine.turn(async () => {
    insist(allowed(await engine.journal.read(), 'stop'));
    await hold(engine, { command: 'stop', forMs: timeoutMs + killMarginMs });
  });
  const sandbox = await engine.sandbox.find();
  if (!sandbox) return { exitCode: 0 };
  const exitCode = engine.init.wait();
  // Awaited below; until then a failure must not count as unhandled.
  exitCode.catch(() => undefined);
  killIfThere(sandbox.pid, 'SIGTERM');
  if (!(await endedWithin(sandbox.pid, timeoutMs))) {
    engine.log.warn({ timeoutMs }, 'application did not end on SIGTERM');
    killIfThere(sandbox.pid);
  }
  return { exitCode: await exitCode };
}

async function endedWithin(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (await isAlive(pid)) {
    if (performance.now() > deadline) return false;
    await sleep(50);
  }
  return true;
}
