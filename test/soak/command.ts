import { exitCodes } from '../../cli/exit-codes';
import type { Kept } from '../../domain/engine';
import type { JournalState } from '../../domain/service';
import type { Subject } from '../chaos/subject';
import type { ChaosSystem } from '../chaos/system/chaos-system';
import type { History } from './history';
import type { Command } from './schedule';

export interface Commanded {
  command: Command;
  exitCode: number;
  output: string;
  /** By the clock of the history. */
  call: number;
  returned: number;
  /** What `carryon resolve` did. */
  kept?: Kept;
  faults: string[];
}

/** Coordinators, Temporal and containers may be away just then: a command may say so, but not hang, nor tell of two owners. */
export async function runCommand(system: ChaosSystem, subject: Subject, history: History, command: Exclude<Command, 'stop-start'>): Promise<Commanded> {
  const { name, place } = subject;
  const call = history.now();
  const { exitCode, stdout, stderr } = await system.carryon.cli(...argumentsOf[command](name, place.to));
  const returned = history.now();
  const kept = exitCode === exitCodes.done && command.startsWith('keep-') ? (JSON.parse(stdout) as { kept: Kept }).kept : undefined;
  const faults: string[] = [];
  if (exitCode < 0) faults.push(`carryon ${command} did not end: ${stderr}`);
  if (exitCode === exitCodes.done && command === 'exec' && stdout.trim() !== said) faults.push(`carryon exec printed '${stdout}'`);
  // Clusters are not asked at one instant: an owner that is seen twice may have moved in between, but not for ever.
  if (exitCode === exitCodes.done && command === 'ps' && owners(name, stdout) > 1) {
    const again = await system.carryon.cli(...argumentsOf.ps(name, place.to));
    if (again.exitCode === exitCodes.done && owners(name, again.stdout) > 1) faults.push(`carryon ps shows two owners: ${again.stdout}`);
  }
  if (exitCode === exitCodes.done && command === 'rm') faults.push(`carryon rm removed a service that was needed: ${stdout}`);
  return { command, exitCode, output: stdout + stderr, call, returned, ...(kept && { kept }), faults };
}

const owners = (service: string, rows: string) => (JSON.parse(rows) as { name: string; journal?: JournalState }[]).filter(({ name, journal }) => name === service && journal === 'running').length;

const said = 'said';
const argumentsOf: Record<Exclude<Command, 'stop-start'>, (name: string, to: string) => string[]> = {
  ps: () => ['ps', '--json'],
  exec: (name) => ['exec', name, 'busybox', 'echo', said],
  logs: (name) => ['logs', name, '--tail', '10'],
  plan: (name, to) => ['plan', name, '--to', to, '--json'],
  abort: (name) => ['abort', name],
  'keep-source': (name) => ['resolve', name, '--keep', 'source', '--json'],
  'keep-destination': (name) => ['resolve', name, '--keep', 'destination', '--json'],
  rm: (name) => ['rm', name],
};

/** True when it was stopped: its memory is gone. */
export async function stopAndStart(system: ChaosSystem, { name, place }: Subject): Promise<boolean> {
  const { exitCode, stderr } = await system.carryon.cli('stop', name);
  if (exitCode === exitCodes.refused) return false;
  if (exitCode !== exitCodes.done) throw new Error(`carryon stop ended with ${exitCode}: ${stderr}`);
  await system.carryon.must('start', name, '--cluster', place.from);
  return true;
}
