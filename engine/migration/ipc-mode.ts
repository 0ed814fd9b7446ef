import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Engine } from '../engine';
import type { Peer } from '../ports';
import { readIfThere } from '../read-file';
import { hasSystemVObjects } from '../service/system-v';
import { writeDurably } from '../write-file';
import type { IpcMode } from './driver-config';
import type { HeldTicket } from './tickets';

const answer = z.object({ ipc: z.enum(['join', 'dump']) });

/** Decided once per migration, at the source: both drivers must be told the same. */
export async function ipcModeAtSource(engine: Engine, { ticket }: HeldTicket): Promise<IpcMode> {
  const dir = engine.layout.handoff(ticket.migration);
  const file = join(dir, 'ipc');
  const decided = await readIfThere(file);
  if (decided === 'join' || decided === 'dump') return decided;
  const mode = await look(engine);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await writeDurably(file, mode);
  return mode;
}

/** After an earlier arrival the tree may live in an IPC namespace of its own: the application is asked, not PID 1. */
async function look(engine: Engine): Promise<IpcMode> {
  const sandbox = await engine.sandbox.find();
  if (!sandbox) return 'join';
  const application = (await engine.sandbox.processes(sandbox)).find((process) => process.inTree);
  return (await hasSystemVObjects(application?.pid ?? sandbox.pid)) ? 'dump' : 'join';
}

export const ipcModeFrom = async (peer: Peer): Promise<IpcMode> => answer.parse(await peer.get('/v1/peer/ipc')).ipc;
