import { existsSync } from 'node:fs';
import type { Engine } from '../engine';
import type { SandboxProcess } from '../ports';

/** Our own tools (CRIU) are below, whatever the application or a user starts is above. */
const highestToolPid = 299;

/** A program that was started beside the application: it would stay behind. */
const isBeside = ({ inTree, innerPid }: SandboxProcess): boolean => !inTree && innerPid > highestToolPid;

/** The programs beside the application that somebody has begun there. Probes are none: they give way to a migration. */
export async function sessionsAmong({ probes }: Pick<Engine, 'probes'>, processes: SandboxProcess[]): Promise<SandboxProcess[]> {
  const beside = processes.filter(isBeside);
  if (beside.length === 0 || !probes.any) return beside;
  const ofProbes = await probes.processes();
  // A probe that has ended meanwhile is not known as one any more, and has no process either.
  return beside.filter(({ pid }) => !ofProbes.has(pid) && existsSync(`/proc/${pid}`));
}
