interface Asking {
  /** Of the migration's workflow. */
  workflowId: string;
  runId: string;
  to: string;
  /** 0 to 100; the higher goes first. */
  priority: number;
}

/** A migration that wants to be planned. Only some are at once: coordinators that had to look into all of them together would seem to be absent. */
export interface PlanRequest extends Asking {
  plans: true;
}

/** A migration that wants to begin. Slots of both clusters are given to it at once or not at all, so two migrations cannot wait for each other. */
export interface SlotRequest extends Asking {
  from: string;
  /** What the clusters allow, as they said when it asked. */
  out: number;
  in: number;
}

export type QueueRequest = PlanRequest | SlotRequest;

export type QueueEntry = QueueRequest & {
  /** In the order of arrival. */
  number: number;
  granted: boolean;
  /** News that it was last told. */
  told?: string;
};

/** What a migration hears of the queue; with `plans` of its turn to be planned. */
export type SlotNews = ({ granted: true } | { granted: false; behind: number; cluster: string }) & { plans?: true };

/** Migrations that are planned at once, of all clusters together. Workflows that run depend on it: another number takes a `patched` in the queue. */
export const plannedAtOnce = 8;

/** A cluster's slots in one direction, or the turns to be planned. */
type Slots = string;
const planning: Slots = 'plan';
const plans = (request: QueueRequest): request is PlanRequest => 'plans' in request;
const outOf = ({ from }: SlotRequest): Slots => `out ${from}`;
const into = ({ to }: SlotRequest): Slots => `in ${to}`;
const slotsOf = (entry: QueueRequest): readonly Slots[] => (plans(entry) ? [planning] : [outOf(entry), into(entry)]);
const clusterOf = (slots: Slots, { to }: QueueRequest) => (slots === planning ? to : slots.slice(slots.indexOf(' ') + 1));

/** By priority, and in the order of arrival within one. */
const inOrder = (entries: readonly QueueEntry[]) => [...entries].sort((one, other) => other.priority - one.priority || one.number - other.number);
const waitingIn = (entries: readonly QueueEntry[]) => inOrder(entries).filter(({ granted }) => !granted);

/** Asked twice by the same run it keeps its place; asked for a slot, it has been planned. */
export function enterQueue(entries: readonly QueueEntry[], request: QueueRequest): QueueEntry[] {
  if (entries.some((entry) => keyOf(entry) === keyOf(request))) return [...entries];
  const number = Math.max(0, ...entries.map((entry) => entry.number)) + 1;
  return [...leaveQueue(entries, request), { ...request, number, granted: false }];
}

export const leaveQueue = (entries: readonly QueueEntry[], who: Who) => entries.filter((entry) => !isOf(entry, who));

/** Tells the entries apart, also those that come while others are being told; a number is used again. */
export const keyOf = (entry: QueueRequest) => `${entry.workflowId} ${entry.runId} ${plans(entry) ? planning : 'slots'}`;

/** One run of a migration's workflow. */
export type Who = Pick<Asking, 'workflowId' | 'runId'>;
const isOf = (entry: Who, { workflowId, runId }: Who) => entry.workflowId === workflowId && entry.runId === runId;

/**
 * Who may begin now. One that has to wait keeps a free slot of its other cluster from those behind it, though never more than one there: so it
 * comes to its turn, and those that go elsewhere do not stand behind it.
 */
export function decideGrants(entries: readonly QueueEntry[]): QueueEntry[] {
  const limit = limits(entries);
  const taken = new Map<Slots, number>();
  const take = (slots: Slots) => taken.set(slots, (taken.get(slots) ?? 0) + 1);
  const kept = new Set<Slots>();
  for (const entry of entries) if (entry.granted) slotsOf(entry).forEach(take);
  const grants: QueueEntry[] = [];
  for (const entry of waitingIn(entries)) {
    const wanted = slotsOf(entry);
    if (wanted.every((slots) => (taken.get(slots) ?? 0) < (limit.get(slots) ?? 1))) {
      wanted.forEach(take);
      grants.push(entry);
      continue;
    }
    for (const slots of wanted) {
      if (!kept.has(slots)) take(slots);
      kept.add(slots);
    }
  }
  return grants;
}

export const newsOf = (entries: readonly QueueEntry[], entry: QueueEntry): SlotNews => ({
  ...(entry.granted ? { granted: true } : { granted: false, ...positionOf(entries, entry) }),
  ...(plans(entry) && { plans: true }),
});

/** So near to its turn that each step is news. */
const nearPlaces = 3;

/**
 * A place that is near, has halved or doubled, or is at another cluster. Were each step of each that waits told, fifty migrations would keep Temporal busier with their places than with their work; who wants to know exactly asks the queue.
 * @param told News that it was last told.
 */
export function isWorthTelling(news: SlotNews, told: string | undefined): boolean {
  if (news.granted || told === undefined) return true;
  const before = JSON.parse(told) as SlotNews;
  if (before.granted) return true;
  if (news.behind === before.behind) return news.cluster !== before.cluster;
  return news.behind <= nearPlaces || news.behind <= before.behind / 2 || news.behind >= before.behind * 2;
}

/** Where most are before it: under way, or waiting for the same slots. */
export function positionOf(entries: readonly QueueEntry[], entry: QueueEntry): { behind: number; cluster: string } {
  const before = [...entries.filter(({ granted }) => granted), ...waitingIn(entries)];
  const ahead = before.slice(0, before.indexOf(entry));
  const [first, second] = slotsOf(entry).map((slots) => ({ behind: ahead.filter((other) => slotsOf(other).includes(slots)).length, cluster: clusterOf(slots, entry) }));
  return second && (!first || second.behind >= first.behind) ? second : (first ?? { behind: ahead.length, cluster: entry.to });
}

/** Undefined for one that does not wait. */
export function placeOf(entries: readonly QueueEntry[], who: Who): ReturnType<typeof positionOf> | undefined {
  const own = entries.find((entry) => isOf(entry, who));
  return own && !own.granted ? positionOf(entries, own) : undefined;
}

/** The newest word of each cluster counts for all. */
function limits(entries: readonly QueueEntry[]): Map<Slots, number> {
  const newest = [...entries].sort((one, other) => one.number - other.number);
  const ofClusters = newest.flatMap((entry) => (plans(entry) ? [] : [[outOf(entry), entry.out] as const, [into(entry), entry.in] as const]));
  return new Map([...ofClusters, [planning, plannedAtOnce]]);
}

export const queuedText = (behind: number, cluster: string) => `queued behind ${behind} at ${cluster}`;
