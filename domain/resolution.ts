import type { KeepRequest, Kept } from './engine';
import type { Refusal } from './migration';
import type { JournalState } from './service';

export type Side = 'source' | 'destination';

/** Input of the workflow `resolveService`. */
export interface ResolveRequest {
  /** Name or UUID of the service, or the id of its migration. */
  service: string;
  keep: Side;
  /** A cluster that a human knows to be gone for ever. */
  forceLost?: string;
}

export interface Resolution {
  service: string;
  name: string;
  /** Where the service goes on. */
  cluster: string;
  migration: string;
  kept: Kept;
  /** What happened, and what is lost, in a user's words. */
  message: string;
}

/** What one cluster's coordinator says of the service. */
export type Witness =
  /** Nobody answered: the coordinator, its orchestrator, or the engine. */
  | { cluster: string; says: 'nothing' }
  /** There is no outer container of this service. */
  | { cluster: string; says: 'gone' }
  /** There is one, and it does not run: what its journal says counts when it is started again. */
  | { cluster: string; says: 'stopped'; service: { id: string; name: string } }
  | WitnessHere;

export interface WitnessHere {
  cluster: string;
  says: 'here';
  service: { id: string; name: string };
  state: JournalState;
  epoch: number;
  /** The application's processes are there, running or frozen. */
  alive: boolean;
  /** It was restarted and waits for its peer's word. */
  asks: boolean;
  /** A source that could not restore its own final dump. */
  dumpUnusable?: boolean;
  /** Its newest migration. */
  ticket?: { migration: string; epoch: number; role: Side; peer: string };
}

export type ResolutionDecision =
  /** Nobody else has it or can come to have it: that side goes on. */
  | { do: 'keep'; at: WitnessHere; request: KeepRequest }
  | { do: 'refuse'; refusal: Refusal };

/** A copy, or a claim to one: on its own it could come to run. */
const claims: readonly JournalState[] = ['running', 'armedS', 'frozen', 'handedOff', 'owing', 'waiting'];

/** May the service stay at one side? The rules are those of test/model/protocol/people.pml: only where no other copy is, and none can come back. */
export function decideResolution(request: ResolveRequest, witnesses: readonly Witness[]): ResolutionDecision {
  const { keep, forceLost } = request;
  const lost = witnesses.find(({ cluster }) => cluster === forceLost);
  if (forceLost !== undefined && !lost) return refuse('unknown-cluster', `There is no cluster ${forceLost}. Known clusters: ${witnesses.map(({ cluster }) => cluster).join(', ')}.`);
  if (lost && lost.says !== 'nothing') return refuse('not-lost', `${lost.cluster} is not lost, its coordinator answers: ${words(lost)}. Leave out --force-lost.`);

  const last = newestTicket(witnesses);
  if (!last) return refuseUnknown(request, witnesses);
  const clusters: Record<Side, string> = last.role === 'source' ? { source: last.at.cluster, destination: last.peer } : { source: last.peer, destination: last.at.cluster };
  const kept = witnesses.find(({ cluster }) => cluster === clusters[keep]);
  if (kept?.says !== 'here') return refuse('not-there', `The ${keep} of that migration is ${clusters[keep]}: ${kept ? words(kept) : 'it is not configured'}. ${nextForKept(kept, clusters[keep])}`);
  const impossible = refuseKept(keep, kept, last, clusters);
  if (impossible) return impossible;
  // Before the commit was sent a source decides alone, whoever is silent; and what runs already is only told.
  const alone = (keep === 'source' && (kept.state === 'armedS' || kept.state === 'frozen') && !kept.asks) || kept.state === 'running';
  const danger = alone ? undefined : witnesses.filter(({ cluster }) => cluster !== kept.cluster).map((other) => refuseOther(other, last.epoch, keep, forceLost)).find((found) => found);
  return danger ?? { do: 'keep', at: kept, request: { migration: last.migration, epoch: last.epoch, seen: kept.state, ...(kept.dumpUnusable && { afresh: true }) } };
}

interface Last {
  at: WitnessHere;
  migration: string;
  epoch: number;
  role: Side;
  peer: string;
}

function newestTicket(witnesses: readonly Witness[]): Last | undefined {
  const told = witnesses.flatMap((witness) => (witness.says === 'here' && witness.ticket ? [{ at: witness, ...witness.ticket }] : []));
  return told.sort((one, other) => other.epoch - one.epoch)[0];
}

function refuseUnknown({ service }: ResolveRequest, witnesses: readonly Witness[]): ResolutionDecision {
  const silent = witnesses.filter(({ says }) => says === 'nothing').map(({ cluster }) => cluster);
  if (silent.length > 0) return refuse('cluster-silent', `Nobody who answers knows of a migration of "${service}", and these do not answer: ${silent.join(', ')}. ${bringBack(silent[0] ?? '')}`);
  const stopped = witnesses.find(({ says }) => says === 'stopped');
  if (stopped) return refuse('not-running', `The outer container of "${service}" at ${stopped.cluster} is stopped, so nobody knows what its journal says. Start it with the orchestrator, then call again.`);
  return refuse('nothing-to-resolve', `No migration of "${service}" is known anywhere. \`carryon ps\` lists the services.`);
}

/** What the kept side itself makes impossible. */
function refuseKept(keep: Side, kept: WitnessHere, last: Last, clusters: Record<Side, string>): ResolutionDecision | undefined {
  if (kept.state === 'running') return undefined;
  const other = clusters[keep === 'source' ? 'destination' : 'source'];
  if (kept.epoch !== last.epoch) return refuse('nothing-to-keep', `${kept.cluster} never took part in migration ${last.migration}: ${words(kept)}. Keep the other side (${other}).`);
  if (keep === 'source') {
    if (['armedS', 'frozen', 'handedOff', 'owing'].includes(kept.state)) return undefined;
    return refuse('nothing-to-keep', `Nothing of the service is left at the source: ${words(kept)}. It is ${other}'s.`);
  }
  if (kept.state === 'waiting' || (kept.asks && (kept.state === 'armedD' || kept.state === 'gated')) || kept.state === 'gated') return undefined;
  return refuse('nothing-to-keep', `There is nothing at the destination that could go on: ${words(kept)}. Keep the source (${other}).`);
}

/** Undefined for a cluster that has no copy and cannot come to have one. */
function refuseOther(other: Witness, epoch: number, keep: Side, forceLost: string | undefined): ResolutionDecision | undefined {
  switch (other.says) {
    case 'gone':
      return undefined;
    case 'nothing':
      return other.cluster === forceLost
        ? undefined
        : refuse('cluster-silent', `${other.cluster} does not answer, and the service may be running there. ${bringBack(other.cluster)} Only if it is gone for ever: --force-lost ${other.cluster}.`);
    case 'stopped':
      return refuse('other-stopped', `${other.cluster} has an outer container of the service that is stopped; started again it might run. Start it and call again, or remove it for good: carryon rm ${other.service.name} --cluster ${other.cluster}`);
    case 'here':
      break;
  }
  if (other.epoch === epoch && other.state === 'discarded') return undefined;
  if (other.epoch < epoch && !claims.includes(other.state)) return undefined;
  // The source had the acknowledgement, and what it froze is gone: it leads connections on, no more.
  if (keep === 'destination' && other.epoch === epoch && !other.alive && ['owing', 'relaying', 'retired'].includes(other.state)) return undefined;
  return refuse('other-copy', `${other.cluster} has a copy of the service or a claim to it: ${words(other)}. ${nextForOther(other)}`);
}

function nextForOther({ service, cluster, state, asks }: WitnessHere): string {
  if (state === 'running') return 'It runs there; there is nothing to resolve.';
  if (asks || state === 'armedD' || state === 'gated' || state === 'handedOff') {
    return `Both sides answer, so they settle it between themselves: wait, or \`carryon abort ${service.name}\`. When their engines cannot reach each other, mend that.`;
  }
  return `Remove it there first if it is to be given up: carryon rm ${service.name} --cluster ${cluster} --force (without --volumes its files stay). Then call again.`;
}

function nextForKept(kept: Witness | undefined, cluster: string): string {
  if (kept?.says === 'stopped') return 'Start it with the orchestrator, then call again.';
  if (kept?.says === 'nothing') return bringBack(cluster);
  return 'Keep the other side.';
}

const bringBack = (cluster: string) => `Bring it back (\`carryon worker --cluster ${cluster}\`, its orchestrator, the outer container there), then call again.`;

function words(witness: Witness): string {
  switch (witness.says) {
    case 'nothing':
      return 'it does not answer';
    case 'gone':
      return 'it has no outer container of the service';
    case 'stopped':
      return 'its outer container is stopped';
    case 'here':
      return `its journal says ${witness.state} in epoch ${witness.epoch}${witness.asks ? ', and it asks the other side' : ''}`;
  }
}

const refuse = (code: string, message: string): ResolutionDecision => ({ do: 'refuse', refusal: { code, message } });

/** What came of it; `other` is the cluster that was given up. */
export function tellKept(kept: Kept, { name, cluster, other }: { name: string; cluster: string; other: string }): string {
  const sentences: Record<Kept, string> = {
    resumed: `${name} runs at ${cluster}, from the instant at which it was frozen; nothing of it is lost.`,
    'taken-back': `${name} runs at ${cluster}, from the instant at which it was frozen. What happened to it at ${other} since the commit is lost, and the connections that were open have ended.`,
    afresh: `${name} has begun afresh at ${cluster} from its files there. Its memory and its connections are lost.`,
    already: `${name} runs at ${cluster} already; nothing was done.`,
    committed: `${name} runs at ${cluster} with its memory; ${other} had died before it heard of that.`,
  };
  return sentences[kept];
}
