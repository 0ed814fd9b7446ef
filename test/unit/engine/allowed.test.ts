import { describe, expect, it } from '@jest/globals';
import { journalStates, type JournalState } from '../../../domain/service';
import { afterRestart, allowed, mayArm, mayHold, mayRetire } from '../../../engine/journal/allowed';
import type { JournalView } from '../../../domain/journal';

const view = (state: JournalState, epoch = 3, migration = 'earlier'): JournalView => {
  const current = { epoch, state, migration, at: '' };
  return { state, epoch, current, history: new Map([[epoch, current]]) };
};
const newer = { migration: 'now', epoch: 4 };
const okStates = (decide: (state: JournalState) => { ok: boolean }) => journalStates.filter((state) => decide(state).ok);

describe('taking a ticket', () => {
  it('is allowed at the source for the one running copy only', () => {
    expect(okStates((state) => mayArm(view(state), 'source', newer))).toEqual(['running']);
  });

  it('is allowed at the destination wherever no copy runs or can come back', () => {
    expect(okStates((state) => mayArm(view(state), 'destination', newer)).sort()).toEqual(['absent', 'armedD', 'discarded', 'gated', 'handedOff', 'relaying', 'retired'].sort());
  });

  it('refuses an older epoch in every state, on both sides', () => {
    const old = { migration: 'now', epoch: 2 };
    for (const role of ['source', 'destination'] as const) {
      expect(okStates((state) => mayArm(view(state), role, old))).toEqual([]);
      expect(mayArm(view('running'), role, old)).toMatchObject({ code: 'stale-epoch' });
    }
  });

  it('refuses the same epoch again after it ended', () => {
    expect(mayArm(view('running'), 'source', { migration: 'earlier', epoch: 3 })).toMatchObject({ code: 'stale-epoch' });
    expect(mayArm(view('discarded'), 'destination', { migration: 'earlier', epoch: 3 })).toMatchObject({ code: 'stale-epoch' });
  });

  it('accepts the same ticket again while it is armed', () => {
    expect(mayArm(view('armedS'), 'source', { migration: 'earlier', epoch: 3 }).ok).toBe(true);
    expect(mayArm(view('armedD'), 'destination', { migration: 'earlier', epoch: 3 }).ok).toBe(true);
  });

  it('refuses another migration of the same epoch', () => {
    expect(mayArm(view('armedS'), 'source', { migration: 'other', epoch: 3 })).toMatchObject({ ok: false, code: 'stale-epoch' });
  });

  it('says already-migrating for a second migration', () => {
    for (const state of ['armedS', 'frozen', 'handedOff'] as const) expect(mayArm(view(state), 'source', newer)).toMatchObject({ code: 'already-migrating' });
  });

  it('accepts no further migration while pages are owed', () => {
    expect(mayArm(view('owing'), 'destination', newer)).toMatchObject({ code: 'owing-debt' });
    expect(mayArm(view('waiting'), 'source', newer)).toMatchObject({ code: 'owing-debt' });
  });
});

describe("a user's command", () => {
  const held = ['armedS', 'frozen', 'handedOff', 'owing', 'armedD', 'gated', 'waiting'] as const;

  it('has no service that a migration holds, and is told which', () => {
    for (const state of held) {
      for (const decision of [mayHold(view(state), 'stop', true), mayHold(view(state), 'rm', false), allowed(view(state), 'exec'), allowed(view(state), 'stop')]) {
        expect(decision).toMatchObject({ ok: false, code: 'already-migrating', message: expect.stringContaining('migration earlier (epoch 3'), next: expect.stringContaining('carryon abort') });
      }
    }
  });

  it('has every other one', () => {
    const free = journalStates.filter((state) => !(held as readonly JournalState[]).includes(state));
    for (const command of ['stop', 'rm'] as const) expect(okStates((state) => mayHold(view(state), command, false))).toEqual(free);
  });

  it('may remove by force what only a committed migration still needs, and nothing before its commit', () => {
    expect(okStates((state) => mayHold(view(state), 'rm', true)).filter((state) => (held as readonly JournalState[]).includes(state))).toEqual(['owing', 'waiting']);
  });
});

describe('starting fresh', () => {
  it('is never allowed where the service may live elsewhere', () => {
    expect(okStates((state) => allowed(view(state), 'start'))).toEqual(['absent', 'running']);
  });

  it('happens by itself after a restart of the container only where the journal says that the service is here', () => {
    expect(journalStates.filter((state) => afterRestart(state) === 'start-fresh')).toEqual(['running', 'waiting']);
  });

  it('waits for the other side in every state of a handoff under way', () => {
    expect(journalStates.filter((state) => afterRestart(state) === 'ask-destination')).toEqual(['armedS', 'frozen', 'handedOff']);
    expect(journalStates.filter((state) => afterRestart(state) === 'ask-source')).toEqual(['armedD', 'gated']);
  });
});

describe('going for good', () => {
  const journal = (...lines: [number, JournalState][]): JournalView => {
    const history = new Map(lines.map(([epoch, state]) => [epoch, { epoch, state, at: '' }]));
    const epoch = Math.max(...history.keys());
    return { epoch, state: history.get(epoch)?.state ?? 'absent', current: history.get(epoch), history };
  };

  it('is for a source that has handed over and owes nothing', () => {
    expect(okStates((state) => mayRetire(journal([3, state]), 3, false))).toEqual(['relaying', 'retired']);
    expect(okStates((state) => mayRetire(journal([3, state]), 3, true))).toEqual(['owing', 'relaying', 'retired']);
    expect(mayRetire(journal([3, 'relaying']), 2, false)).toMatchObject({ ok: false, code: 'not-relaying' });
  });

  it('waits for every newer migration but those that were discarded', () => {
    expect(okStates((state) => mayRetire(journal([3, 'relaying'], [4, state]), 3, false))).toEqual(['discarded']);
    expect(mayRetire(journal([3, 'relaying'], [4, 'armedD'], [5, 'discarded']), 3, false).ok).toBe(false);
    expect(mayRetire(journal([3, 'relaying'], [4, 'discarded'], [5, 'discarded']), 3, false).ok).toBe(true);
  });
});
