import { condition, continueAsNew, getExternalWorkflowHandle, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import { decideGrants, enterQueue, leaveQueue, positionOf, type QueueEntry } from '../domain/queue';
import { enterQueueSignal, leaveQueueSignal, queueQuery, slotSignal } from './messages';

export interface MigrationQueueInput {
  entries: QueueEntry[];
}

/** Positions are told this often, and not with each change: they are for people. */
const tellEveryMs = 5000;
/** While somebody waits, those that hold a slot are looked for this often: one whose workflow is gone gave nothing back. */
const lookEveryMs = 15_000;

/** Hands out the slots of all clusters. Ends when nobody holds or wants one; the next migration starts it again. */
export async function migrationQueue(input: MigrationQueueInput): Promise<void> {
  let entries = input.entries;
  let changed = false;
  const change = (now: QueueEntry[]) => {
    entries = now;
    changed = true;
  };
  setHandler(enterQueueSignal, (request) => change(enterQueue(entries, request)));
  setHandler(leaveQueueSignal, (who) => change(leaveQueue(entries, who)));
  setHandler(queueQuery, () => entries);

  let [toldMs, lookedMs] = [0, Date.now()];
  while (entries.length > 0) {
    changed = false;
    const granted = decideGrants(entries);
    entries = entries.map((entry) => (granted.includes(entry) ? { ...entry, granted: true } : entry));
    const told = new Set(granted.map(({ number }) => number));
    const looks = Date.now() - lookedMs >= lookEveryMs;
    if (looks) lookedMs = Date.now();
    const tells = Date.now() - toldMs >= tellEveryMs;
    if (tells) toldMs = Date.now();
    const gone = await tell(entries.filter((entry) => (entry.granted ? told.has(entry.number) || looks : tells || entry.told === undefined)), entries);
    entries = entries.filter((entry) => !gone.some(({ number }) => number === entry.number)).map(withPosition);
    setCurrentDetails(`${entries.filter((entry) => entry.granted).length} migrations under way, ${entries.filter((entry) => !entry.granted).length} waiting`);
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof migrationQueue>({ entries });
    if (gone.length > 0) continue;
    const waits = entries.some((entry) => !entry.granted);
    if (entries.length > 0) await (waits ? condition(() => changed, tellEveryMs) : condition(() => changed));
  }
}

const withPosition = (entry: QueueEntry, _index: number, entries: QueueEntry[]): QueueEntry => (entry.granted ? entry : { ...entry, told: JSON.stringify(positionOf(entries, entry)) });

/** Answers with those that there is nobody to tell: their workflow has ended. */
async function tell(whom: QueueEntry[], entries: QueueEntry[]): Promise<QueueEntry[]> {
  const news = whom.map(async (entry) => {
    const position = entry.granted ? undefined : positionOf(entries, entry);
    if (position && entry.told === JSON.stringify(position)) return undefined;
    try {
      await getExternalWorkflowHandle(entry.workflowId, entry.runId).signal(slotSignal, position ? { granted: false, ...position } : { granted: true });
      return undefined;
    } catch {
      return entry;
    }
  });
  return (await Promise.all(news)).filter((entry) => entry !== undefined);
}
