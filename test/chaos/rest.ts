import { setTimeout as pause } from 'node:timers/promises';
import type { MigrationEnd } from '../../clients/temporal';
import type { JournalState } from '../../domain/service';
import type { Subject } from './subject';

/** States in which nothing is under way. */
const atRest: readonly JournalState[] = ['running', 'relaying', 'retired', 'discarded', 'absent'];
const lookEachMs = 150;
const probeMs = 1_000;
/** So long a client waits where its connection may be over, and nobody is left to say so. */
const patienceMs = 5_000;
/** What is lost for good has been lost for so long. */
const standstillMs = 2_000;

export interface Rest {
  /** Nothing is under way, and every client has had an answer since `since`. */
  whole: boolean;
  atMs: number;
}

/**
 * Resolves when all is well again, when it is clear that it will not be, or when the time is over.
 * @param over Clusters at which connections may be over without a word.
 */
export async function awaitRest(subject: Subject, since: number, end: () => MigrationEnd | undefined, withinMs: number, migrates: boolean, over: () => readonly string[] = () => []): Promise<Rest> {
  const deadline = Date.now() + withinMs;
  let lostSince: number | undefined;
  for (;;) {
    const states = await statesOf(subject);
    if (Date.now() - since > patienceMs) for (const cluster of over()) subject.at(cluster).giveUpSilent(since);
    const ended = !migrates || end() !== undefined;
    const owners = states.filter((state) => state === 'running').length;
    const heard = ended && owners <= 1 && (await everybodyHeard(subject, since));
    if (heard && owners === 1 && states.every((state) => atRest.includes(state))) return { whole: true, atMs: Date.now() };
    const lost = !heard && end()?.outcome === 'needs-human';
    lostSince = lost ? (lostSince ?? Date.now()) : undefined;
    if (Date.now() > deadline || (lostSince !== undefined && Date.now() - lostSince > standstillMs)) return { whole: false, atMs: Date.now() };
    await pause(lookEachMs);
  }
}

const statesOf = async (subject: Subject): Promise<JournalState[]> =>
  Promise.all(Object.values(subject.place).map(async (cluster) => (await subject.outer(cluster).journal()).state));

async function everybodyHeard(subject: Subject, since: number): Promise<boolean> {
  const clusters = Object.values(subject.place);
  if (clusters.some((cluster) => subject.at(cluster).silentSince(since) > 0)) return false;
  return (await Promise.all(clusters.map((cluster) => subject.at(cluster).ask('i', probeMs)))).every((answer) => answer !== undefined);
}
