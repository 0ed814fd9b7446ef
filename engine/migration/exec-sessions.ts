import { RefusedError } from '../../domain/errors';
import type { ExecSessions } from '../../domain/migration';
import type { Engine } from '../engine';
import { killIfThere } from '../sandbox/kill-if-there';
import { sessionsAmong } from '../service/beside';

/** Programs beside the application stay behind; the user has said what is to become of them. Asked right before the freeze. */
export async function settleExecSessions(engine: Engine, wish: ExecSessions): Promise<void> {
  const sandbox = await engine.sandbox.find();
  const sessions = sandbox ? await sessionsAmong(engine, await engine.sandbox.processes(sandbox)) : [];
  await engine.probes.giveWay();
  if (sessions.length === 0) return;
  const names = sessions.map(({ comm, innerPid }) => `${comm} (PID ${innerPid})`).join(', ');
  if (wish === 'refuse') {
    throw new RefusedError('exec-sessions', `programs run beside the application and cannot be moved: ${names}`, { next: 'end them, or migrate with --exec-sessions end' });
  }
  engine.log.warn({ sessions: names }, 'ending programs beside the application');
  for (const { pid } of sessions) killIfThere(pid);
}
