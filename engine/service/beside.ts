import type { Engine } from '../engine';
import type { SandboxProcess } from '../ports';
import { isAlive } from './alive';

/** Our own tools (CRIU) are below, whatever the application or a user starts is above. */
const highestToolPid = 299;

/** A program that was started beside the application: it would stay behind. */
const isBeside = ({ inTree, innerPid }: SandboxProcess): boolean => !inTree && innerPid > highestToolPid;

/** The programs beside the application that somebody has begun there. Probes are none: they give way to a migration. */
export async function sessionsAmong({ probes }: Pick<Engine, 'probes'>, processes: SandboxProcess[]): Promise<SandboxProcess[]> {
  const beside = processes.filter(isBeside);
  if (beside.length === 0 || !probes.any) return beside;
  const ofProbes = await probes.processes();
  const others = beside.filter(({ pid }) => !ofProbes.has(pid));
  // A probe that has ended meanwhile is not known as one any more, and does not live either.
  const alive = await Promise.all(others.map(({ pid }) => isAlive(pid)));
  return others.filter((_, n) => alive[n]);
}
