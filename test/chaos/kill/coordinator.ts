import { setTimeout as pause } from 'node:timers/promises';
import type { Side } from '../cell';
import type { Program } from '../system/program';
import type { Kill, Struck } from './scene';

/** So long a supervisor needs to start it again. */
const downMs = 1_000;

async function killProgram(program: Program): Promise<Struck> {
  await program.kill();
  const atMs = Date.now();
  const mend = async () => {
    await pause(downMs);
    await program.start();
  };
  return { atMs, mend };
}

export const killCoordinator = (side: Side): Kill => ({ system, outer }) => killProgram(system.coordinator(outer[side].cluster));
export const killTemporal: Kill = ({ system }) => killProgram(system.temporal);
