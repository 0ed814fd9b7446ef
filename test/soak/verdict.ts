import { exitCodes } from '../../cli/exit-codes';
import type { Outcome as MigrationOutcome } from '../../domain/migration';
import type { JournalState } from '../../domain/service';
import { sides, type Side, type Victim } from '../chaos/cell';
import type { Findings } from '../chaos/oracle/check';
import { arrived, heldTheOnlyCopy } from '../chaos/oracle/judge';
import type { Commanded } from './command';
import type { Step } from './schedule';

/** What was done to a step, and what the journals said of its migration just then. */
export interface Disturbed {
  killed: Victim;
  /** It was there to be killed. */
  reached: boolean;
  atKill: Partial<Record<Side, JournalState>>;
  /** By the clock of the history. */
  call: number;
  returned: number;
}

/** What was seen of a step when it had come to rest, or to a standstill. */
export interface Observed {
  disturbed: readonly Disturbed[];
  commanded: readonly Commanded[];
  now: Partial<Record<Side, JournalState>>;
  /** When it had; by the clock of the history. */
  atRest: number;
  /** All is at rest, and every client is heard. */
  whole: boolean;
  /** Undefined: there was no migration, or it goes on. */
  end?: { outcome: MigrationOutcome; message: string; next?: string };
  answers?: { at: Side; sameMemory: boolean };
  /** Connections that ended, or were never answered again, by the cluster where they had come in. */
  broken: Record<Side, number>;
  looks: number;
  twoCopies: readonly string[];
  findings: Findings;
}

/** A kill, or a decision of people, after which the specification lets one new incarnation begin; it must begin when the loss is certain. */
export interface MemoryMayBeLost {
  call: number;
  returned: number;
  certain: boolean;
}

export interface Verdict {
  outcome: 'unmoved' | 'committed' | 'rolled-back' | 'resumed' | 'refused' | 'declared-loss' | 'violated';
  memoryMayBeLost: MemoryMayBeLost[];
  faults: string[];
}

/** After these the memory of a service that owes pages may be gone, and a migration may say so and stand still. */
const lossyWhileOwing: readonly Victim[] = ['source-container', 'destination-container', 'destination-driver', 'page-daemon'];

/** What is promised of any step, however many things were killed in it. */
export function verdictOn(step: Step, seen: Observed): Verdict {
  const faults = [...seen.findings.faults, ...seen.twoCopies, ...seen.commanded.flatMap((one) => one.faults)];
  const must = (holds: boolean, otherwise: string) => void (holds || faults.push(otherwise));
  const memoryMayBeLost = losses(step, seen);
  const stopped = seen.commanded.some(({ command, exitCode }) => command === 'stop-start' && exitCode === 0);
  const killed = seen.disturbed.filter(({ reached }) => reached).map((one) => one.killed);
  must(seen.looks > 0, 'nobody looked how many copies ran meanwhile');
  const declared = !seen.whole && seen.end?.outcome === 'needs-human';

  if (declared) {
    must(mayHaveLostPages(step, killed), `the service stands still (${told(seen)}), though all that holds its pages lives`);
    must(Boolean(seen.end?.next), 'nobody says what to do next');
  } else {
    must(seen.whole, `not all came to rest: ${told(seen)}`);
    must(seen.end?.outcome !== 'needs-human' || mayHaveLostPages(step, killed), `a human was called though all came to rest: ${told(seen)}`);
    must(seen.answers?.sameMemory === true || memoryMayBeLost.length > 0 || stopped, `its memory is gone, though nothing that was killed held the only running copy (${told(seen)})`);
    if (step.strategy && seen.end && seen.answers?.sameMemory) {
      const at = seen.end.outcome === 'committed' ? 'destination' : 'source';
      must(seen.answers.at === at, `the service is at the ${seen.answers.at}, and the migration ended as ${seen.end.outcome}: ${seen.end.message}`);
    }
    if (step.strategy && killed.length === 0 && !seen.commanded.some(mayTakeBack)) {
      must(seen.end?.outcome === 'committed', `nothing was killed, and the migration ended as ${told(seen)}`);
    }
    if (seen.answers?.sameMemory && !stopped) {
      for (const side of sides) {
        must(seen.broken[side] === 0 || killed.includes(`${side}-container`), `${seen.broken[side]} connections that had come in at the ${side} are broken`);
      }
    }
  }
  for (const { command, exitCode, kept } of seen.commanded) {
    if (command === 'abort') {
      must(exitCode !== exitCodes.done || seen.end?.outcome === 'rolled-back', `carryon abort took it back, and the migration ended as ${told(seen)}`);
      must(exitCode !== exitCodes.committedAlready || seen.end?.outcome !== 'rolled-back', `carryon abort said that it was committed already, and the migration ended as ${told(seen)}`);
    }
    must(kept !== 'taken-back', `carryon resolve took the service back from a destination that was not lost (${told(seen)})`);
    must(kept !== 'afresh' || mayHaveLostPages(step, killed) || memoryMayBeLost.some(({ certain }) => !certain), `carryon resolve began afresh, though all that holds its memory lives (${told(seen)})`);
  }
  return { outcome: faults.length > 0 ? 'violated' : declared ? 'declared-loss' : outcomeOf(seen), memoryMayBeLost, faults };
}

const mayHaveLostPages = ({ strategy }: Step, killed: readonly Victim[]) => strategy === 'post-copy' && killed.some((victim) => lossyWhileOwing.includes(victim));

/** A migration is refused while an exec session is there, and a source that has not sent its commit may be kept. */
const mayTakeBack = ({ command, exitCode, kept }: Commanded) => command === 'exec' || (command === 'abort' && exitCode === exitCodes.done) || kept === 'resumed';

const hadArrived = ({ reached, atKill }: Disturbed) => reached && arrived.includes(atKill.destination);

const isUndecided = ({ command, exitCode }: Commanded) => command.startsWith('keep-') && exitCode === exitCodes.unexpected;

function losses(step: Step, { disturbed, commanded, atRest }: Observed): MemoryMayBeLost[] {
  return [
    ...disturbed
      .filter(({ reached, killed, atKill }) => reached && heldTheOnlyCopy({ killed, step: step.strategy ? 'phase:commit' : 'at-rest' }, { atKill }))
      .map(({ call, returned }) => ({ call, returned, certain: step.strategy === undefined })),
    ...commanded.filter(({ kept }) => kept === 'afresh').map(({ call, returned }) => ({ call, returned, certain: true })),
    // Nobody heard what was decided, and it may have been carried out later.
    ...commanded.filter((one) => isUndecided(one) && mayHaveLostPages(step, disturbed.filter(hadArrived).map(({ killed }) => killed))).map(({ call }) => ({ call, returned: atRest, certain: false })),
  ];
}

function outcomeOf({ end }: Observed): Verdict['outcome'] {
  if (!end || end.outcome === 'needs-human') return 'unmoved';
  return end.outcome;
}

const told = ({ end, now }: Observed) => `${end ? `${end.outcome}: ${end.message}` : 'no end'}; the source's journal says ${now.source ?? 'nothing'}, the destination's ${now.destination ?? 'nothing'}`;
