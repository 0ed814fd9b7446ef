import { condition, continueAsNew, getExternalWorkflowHandle, patched, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import { decideGrants, enterQueue, leaveQueue, isWorthTelling, keyOf, newsOf, type QueueEntry } from '../domain/queue';
import { enterQueueSignal, leaveQueueSignal, queueQuery, slotSignal } from './messages';

export interface MigrationQueueInput {
  entries: QueueEntry[];
}

/** Positions are told this often at most: they are for people. */
const tellEveryMs = 5000;
/** While somebody waits, those that hold a slot are looked for this often: one whose workflow is gone gave nothing back. */
const lookEveryMs = 15_000;

/** Hands out turns to be planned and the slots of all clusters. Ends when nobody holds or wants one; the next migration starts it again. */
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

  const seldom = patched('places-told-seldom');
  let [toldMs, lookedMs] = [0, Date.now()];
  while (entries.length > 0) {
    changed = false;
    const granted = decideGrants(entries);
    entries = entries.map((entry) => (granted.includes(entry) ? { ...entry, granted: true } : entry));
    const begins = new Set(granted.map(keyOf));
    const looks = Date.now() - lookedMs >= lookEveryMs;
    if (looks) lookedMs = Date.now();
    const tells = Date.now() - toldMs >= tellEveryMs;
    if (tells) toldMs = Date.now();
    const whom = entries.filter((entry) => (entry.granted ? begins.has(keyOf(entry)) || looks : tells || entry.told === undefined));
    const answers = new Map(await Promise.all(whom.map(async (entry) => [keyOf(entry), await tell(entry, entries, seldom)] as const)));
    // Others may have come or gone meanwhile: they were told nothing.
    const gone = [...answers.values()].includes('gone');
    entries = entries.filter((entry) => answers.get(keyOf(entry)) !== 'gone').map((entry) => ({ ...entry, told: answers.get(keyOf(entry)) ?? entry.told }));
    setCurrentDetails(`${entries.filter((entry) => entry.granted).length} migrations under way or being planned, ${entries.filter((entry) => !entry.granted).length} waiting`);
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof migrationQueue>({ entries });
    if (gone) continue;
    const waits = entries.some((entry) => !entry.granted);
    if (entries.length > 0) await (waits ? condition(() => changed, tellEveryMs) : condition(() => changed));
  }
}

/** Answers with what it knows now; `gone`: there is nobody to tell, its workflow has ended. */
async function tell(entry: QueueEntry, entries: QueueEntry[], seldom: boolean): Promise<string> {
  const news = newsOf(entries, entry);
  const told = JSON.stringify(news);
  const worth = seldom ? isWorthTelling(news, entry.told) : entry.granted || entry.told !== told;
  if (!worth) return entry.told ?? told;
  try {
    await getExternalWorkflowHandle(entry.workflowId, entry.runId).signal(slotSignal, news);
    return told;
  } catch {
    return 'gone';
  }
}
