import { describe, expect, test } from '@jest/globals';
import { decideGrants, enterQueue, leaveQueue, isWorthTelling, newsOf, placeOf, plannedAtOnce, positionOf, type PlanRequest, type QueueEntry, type QueueRequest, type SlotRequest } from '../../../domain/queue';

const ask = (workflowId: string, over: Partial<SlotRequest> = {}): SlotRequest => ({ workflowId, runId: `run-${workflowId}`, from: 'edge', to: 'cloud', priority: 50, out: 2, in: 2, ...over });
const askToPlan = (workflowId: string, over: Partial<PlanRequest> = {}): PlanRequest => ({ workflowId, runId: `run-${workflowId}`, to: 'cloud', priority: 50, plans: true, ...over });
const queue = (...requests: QueueRequest[]) => requests.reduce<QueueEntry[]>(enterQueue, []);
const granting = (entries: QueueEntry[]) => entries.map((entry) => ({ ...entry, granted: entry.granted || decideGrants(entries).includes(entry) }));
const names = (entries: QueueEntry[]) => entries.map(({ workflowId }) => workflowId);

describe('the queue', () => {
  test('lets as many begin as both clusters allow, in the order of arrival', () => {
    expect(names(decideGrants(queue(ask('a'), ask('b'), ask('c'))))).toEqual(['a', 'b']);
    expect(names(decideGrants(queue(ask('a', { in: 1 }), ask('b', { in: 1 }))))).toEqual(['a']);
  });

  test('counts the two directions of a cluster apart', () => {
    expect(names(decideGrants(queue(ask('a'), ask('b'), ask('c', { from: 'cloud', to: 'edge' }), ask('d', { from: 'cloud', to: 'edge' }))))).toEqual(['a', 'b', 'c', 'd']);
  });

  test('goes by priority, and by arrival within one', () => {
    expect(names(decideGrants(queue(ask('a', { priority: 10 }), ask('b', { priority: 10 }), ask('c', { priority: 90 }))))).toEqual(['c', 'a']);
  });

  test('takes nothing from those that are under way, whatever comes', () => {
    const running = granting(queue(ask('a'), ask('b')));
    expect(decideGrants(enterQueue(running, ask('urgent', { priority: 100 })))).toEqual([]);
    expect(names(decideGrants(leaveQueue(enterQueue(running, ask('urgent', { priority: 100 })), ask('a'))))).toEqual(['urgent']);
  });

  test('does not hold up those that go elsewhere', () => {
    const full = granting(queue(ask('a', { from: 'home' }), ask('b', { from: 'home' })));
    const waiting = queue(ask('c'), ask('d', { to: 'home' })).map((entry) => ({ ...entry, number: entry.number + 10 }));
    expect(names(decideGrants([...full, ...waiting]))).toEqual(['d']);
  });

  test('keeps one slot for whoever waits for the other, so that it comes to its turn', () => {
    const full = granting(queue(ask('a', { from: 'home' }), ask('b', { from: 'home' })));
    const waiting = queue(ask('c', { out: 1 }), ask('d', { out: 1, to: 'home' })).map((entry) => ({ ...entry, number: entry.number + 10 }));
    expect(decideGrants([...full, ...waiting])).toEqual([]);
    expect(names(decideGrants(leaveQueue([...full, ...waiting], ask('a'))))).toEqual(['c']);
  });

  test('takes the newest word of a cluster about its limits', () => {
    const running = granting(queue(ask('a', { in: 1 }), ask('b', { in: 1 })));
    expect(names(decideGrants(enterQueue(running, ask('c', { in: 3 }))))).toEqual(['b']);
    expect(decideGrants(enterQueue(running, ask('c', { in: 1 })))).toEqual([]);
  });

  test('has each run once, however often it asks', () => {
    expect(enterQueue(queue(ask('a')), ask('a'))).toHaveLength(1);
    expect(enterQueue(queue(ask('a')), ask('a', { runId: 'another' }))).toHaveLength(2);
  });

  test('lets some be planned at once, wherever they go and whatever is under way', () => {
    const running = granting(queue(ask('a'), ask('b')));
    const many = Array.from({ length: plannedAtOnce + 2 }, (_, index) => askToPlan(`p${index}`, { to: index % 2 === 0 ? 'cloud' : 'home' }));
    const entries = granting(many.reduce<QueueEntry[]>(enterQueue, running));
    expect(names(entries.filter(({ granted }) => granted))).toEqual(['a', 'b', ...many.slice(0, plannedAtOnce).map(({ workflowId }) => workflowId)]);
    expect(decideGrants(entries)).toEqual([]);
    expect(names(decideGrants(leaveQueue(entries, many[3]!)))).toEqual([`p${plannedAtOnce}`]);
    expect(newsOf(entries, entries.at(-1)!)).toEqual({ granted: false, behind: plannedAtOnce + 1, cluster: 'home', plans: true });
    expect(newsOf(entries, entries[2]!)).toEqual({ granted: true, plans: true });
    expect(newsOf(entries, entries[0]!)).toEqual({ granted: true });
  });

  test('takes whoever asks for a slot for planned: another has the turn, and the slot is waited for', () => {
    const entries = granting(queue(ask('a'), ask('b'), askToPlan('c')));
    const asked = enterQueue(entries, ask('c'));
    expect(names(asked)).toEqual(['a', 'b', 'c']);
    expect(asked[2]).toMatchObject({ from: 'edge', granted: false });
    expect(decideGrants(asked)).toEqual([]);
    expect(enterQueue(entries, askToPlan('c'))).toEqual(entries);
  });

  test('tells a place when it is near, or has halved or doubled', () => {
    const at = (behind: number) => ({ granted: false as const, behind, cluster: 'cloud' });
    const worth = (before: number, now: number) => isWorthTelling(at(now), JSON.stringify(at(before)));
    expect(isWorthTelling(at(40), undefined)).toBe(true);
    expect([worth(40, 39), worth(40, 21), worth(40, 20), worth(5, 4), worth(4, 3), worth(3, 2), worth(2, 2), worth(20, 39), worth(20, 40)]).toEqual([false, false, true, false, true, true, false, false, true]);
    expect(isWorthTelling({ granted: true }, JSON.stringify({ granted: true }))).toBe(true);
  });

  test('knows the place of whoever waits', () => {
    const entries = granting(queue(ask('a'), ask('b'), ask('c')));
    expect(placeOf(entries, ask('c'))).toEqual({ behind: 2, cluster: 'cloud' });
    expect(placeOf(entries, ask('a'))).toBeUndefined();
    expect(placeOf(entries, ask('c', { runId: 'another' }))).toBeUndefined();
  });

  test('tells how many are before one, and where', () => {
    const entries = enterQueue(granting(queue(ask('a'), ask('b'), ask('c'), ask('d'))), ask('e', { priority: 99 }));
    const position = (name: string) => positionOf(entries, entries.find(({ workflowId }) => workflowId === name)!);
    expect(position('d')).toEqual({ behind: 4, cluster: 'cloud' });
    expect(position('c')).toEqual({ behind: 3, cluster: 'cloud' });
    expect(position('e')).toEqual({ behind: 2, cluster: 'cloud' });
    const home = granting(queue(ask('a'), ask('b'), ask('f', { to: 'home' })));
    expect(positionOf(home, home[2]!)).toEqual({ behind: 2, cluster: 'edge' });
  });
});
