import type { Outcome as MigrationOutcome, MigrationReport } from '../../../domain/migration';
import type { JournalState } from '../../../domain/service';
import type { Cell, Outcome, Result, Side } from '../cell';
import type { Copies } from '../copies';
import type { Findings } from './check';

/** What was seen of a cell, when it had come to rest or to a standstill. */
export interface Observed {
  /** What the journals said of this migration when the victim had been killed; undefined: nothing yet. */
  atKill: Partial<Record<Side, JournalState>>;
  /** What they say now. */
  now: Partial<Record<Side, JournalState>>;
  /** How the migration ended; undefined: it goes on, or there was none. */
  end?: { outcome: MigrationOutcome; message: string; next?: string; report?: Pick<MigrationReport, 'sourceNow'> };
  /** What a migration that goes on tells. */
  progress?: string;
  /** The service answers; where, and whether its memory is the one that it had. */
  answers?: { at: Side; sameMemory: boolean };
  /** Only where the link had been cut for ever, and nothing answered before it was mended: what the journals said then. */
  stoodStill?: Partial<Record<Side, JournalState>>;
  /** What the migration told then. */
  toldThen?: string;
  /** From before the migration until all was at rest: how often it was looked how many copies run, and those looks that saw two. */
  watched: Pick<Copies, 'looks' | 'faults'>;
  /** `carryon plan` had said that memory may be lost while pages are owed. */
  announced?: boolean;
  findings: Findings;
  /** Connections that ended, or never got an answer again, by the cluster where they had come in. */
  broken: Record<Side, number>;
}

export type Judgement = Pick<Result, 'outcome' | 'lostMemory' | 'lostAcknowledged' | 'copies' | 'connectionsBroken' | 'remarks'>;

/** What the destination's journal says once the service is there. */
export const arrived: readonly (JournalState | undefined)[] = ['running', 'waiting'];

/** Names the outcome, then holds it to its rule; whatever breaks one is `violated`. */
export function judge(cell: Cell, seen: Observed): Judgement {
  const outcome = name(cell, seen);
  const remarks = [...seen.findings.faults, ...seen.watched.faults, ...(outcome === undefined ? [standstill(seen)] : broken(outcome, cell, seen).map((fault) => `${outcome}, but ${fault}`))];
  return {
    outcome: remarks.length > 0 || outcome === undefined ? 'violated' : outcome,
    lostMemory: seen.answers ? !seen.answers.sameMemory : outcome === 'declared-loss',
    lostAcknowledged: seen.findings.lostAcknowledged,
    copies: Math.max(seen.findings.copies, seen.watched.faults.length > 0 ? 2 : 0),
    connectionsBroken: seen.broken.source + seen.broken.destination,
    ...(remarks.length > 0 && { remarks }),
  };
}

function name(cell: Cell, { answers, end, stoodStill }: Observed): Outcome | undefined {
  if (answers && stoodStill) return stoodStill.source === 'handedOff' ? 'frozen-in-doubt' : 'waiting';
  if (answers && !answers.sameMemory) return 'ordinary-crash';
  if (answers) return answers.at === 'destination' ? 'committed' : 'rolled-back';
  return end?.outcome === 'needs-human' ? 'declared-loss' : undefined;
}

const standstill = ({ now, end, progress }: Observed) =>
  `the service does not answer; the source's journal says ${now.source ?? 'nothing'}, the destination's ${now.destination ?? 'nothing'}; the migration ${end ? `ended as ${end.outcome}: ${end.message}` : `goes on: ${progress ?? 'it tells nothing'}`}`;

/** The rule of each outcome: what else must be so. */
function broken(outcome: Outcome, cell: Cell, seen: Observed): string[] {
  const { end, answers } = seen;
  const faults: string[] = [];
  const must = (holds: boolean, otherwise: string) => void (holds || faults.push(otherwise));
  const migrates = cell.step !== 'at-rest';
  const sourceNow = end?.report?.sourceNow;
  must(seen.watched.looks > 0, 'nobody looked how many copies ran meanwhile');
  switch (outcome) {
    case 'committed':
      must(end?.outcome === 'committed', `the service runs on at the destination, and the migration ${ended(seen)}`);
      connections(cell, seen, must);
      break;
    case 'rolled-back':
      must(!cell.killed.endsWith('-clock'), 'a clock that was set is no reason to take a migration back');
      must(sourceNow === undefined || (sourceNow === 'stopped' && cell.killed === 'source-container'), `the service runs on with its memory, and the migration says that it is ${sourceNow}`);
      must(!migrates || end?.outcome === 'rolled-back' || end?.outcome === 'refused', `the service runs on at the source, and the migration ${ended(seen)}`);
      connections(cell, seen, must);
      break;
    case 'frozen-in-doubt':
    case 'waiting':
      must(cell.killed.startsWith('link-ever'), `the service stood still (${outcome}) though the engines could reach each other`);
      must(endedWhereItIs(seen), `the service runs at the ${answers?.at ?? 'neither side'}, and the migration ${ended(seen)}`);
      // Before its journal says so, nobody can tell a standstill from pages that are slow.
      must(outcome !== 'waiting' || seen.stoodStill?.destination !== 'waiting' || /carryon resolve/.test(seen.toldThen ?? ''), `the migration did not say what to do next while it stood still: ${seen.toldThen ?? 'it told nothing'}`);
      must(outcome !== 'waiting' || seen.stoodStill?.source === 'owing', `the service stood still while the source's journal said ${seen.stoodStill?.source ?? 'nothing'}`);
      must(outcome !== 'waiting' || cell.strategy === 'post-copy', 'the service waited for pages in a strategy that owes none');
      must(answers?.sameMemory === true, 'its memory was not there when the link was back');
      connections(cell, seen, must);
      break;
    case 'ordinary-crash':
      must(heldTheOnlyCopy(cell, seen), `its memory is gone, though what was killed did not hold the only running copy (source ${seen.atKill.source ?? '-'}, destination ${seen.atKill.destination ?? '-'})`);
      must(seen.findings.incarnations.length <= 2, `it was started ${seen.findings.incarnations.length - 1} times`);
      must(!migrates || (end !== undefined && end.outcome !== 'needs-human'), `nothing is left to decide, and the migration ${ended(seen)}`);
      // Before the ticket the migration has nothing to do with it: it finds the service as it is.
      must(end?.outcome !== 'rolled-back' || seen.atKill.source === undefined || sourceNow === 'anew' || sourceNow === 'stopped', `the service began anew, and the migration's end does not say so: ${ended(seen)}`);
      break;
    case 'declared-loss':
      must(cell.strategy === 'post-copy', 'pages are awaited in a strategy that owes none');
      must(mayBeDeclaredLost(cell), 'pages are lost, though all that holds them lives');
      must(arrived.includes(seen.now.destination), `it stands still, though it never arrived; the migration ${ended(seen)}`);
      must(Boolean(end?.next), 'nobody says what to do next');
      must(seen.announced === true, '`carryon plan` had not said so');
      break;
    case 'not-reached':
    case 'violated':
      break;
  }
  return faults;
}

/** Of what it loses, pages may be lost that are owed. */
export const mayBeDeclaredLost = ({ strategy, killed }: Pick<Cell, 'strategy' | 'killed'>) =>
  strategy === 'post-copy' && ['source-container', 'destination-driver', 'page-daemon'].includes(killed);

const ended = ({ end, progress }: Observed) => (end ? `ended as ${end.outcome}: ${end.message}` : `goes on: ${progress ?? 'it tells nothing'}`);

const endedWhereItIs = ({ end, answers }: Observed) => (answers?.at === 'destination' ? end?.outcome === 'committed' : end?.outcome === 'rolled-back');

/** A connection may only end with the outer container by which it had come in. */
function connections({ killed }: Cell, { broken }: Observed, must: (holds: boolean, otherwise: string) => void): void {
  for (const side of ['source', 'destination'] as const) {
    must(broken[side] === 0 || killed === `${side}-container`, `${broken[side]} connections that had come in at the ${side} are broken`);
  }
}

/** Until the destination's record the source has it, afterwards the destination. What a journal says later is no excuse: a copy that begins anew beside the source's memory would say `running` as well. */
export function heldTheOnlyCopy({ killed, step }: Pick<Cell, 'killed' | 'step'>, { atKill }: Pick<Observed, 'atKill'>): boolean {
  if (step === 'at-rest') return killed === 'source-container';
  return killed === (arrived.includes(atKill.destination) ? 'destination-container' : 'source-container');
}
