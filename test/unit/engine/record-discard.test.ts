import { describe, expect, it } from '@jest/globals';
import type { JournalState } from '../../../domain/service';
import type { Engine } from '../../../engine/engine';
import type { JournalView } from '../../../domain/journal';
import { askToDiscard, recordDiscard } from '../../../engine/migration/record-discard';

const view = (state: JournalState): JournalView => {
  const current = { epoch: 3, state, at: '' };
  return { state, epoch: 3, current, history: new Map([[3, current]]) };
};

/** A journal that says one thing when it is looked at, and another behind our own line. */
function engine(seen: JournalState, then: JournalState) {
  const written: JournalState[] = [];
  const journal: Partial<Engine['journal']> = {
    read: () => Promise.resolve(view(seen)),
    append: ({ state }) => {
      written.push(state);
      return Promise.resolve(view(then));
    },
  };
  return { written, parts: { journal } as Engine };
}

const arrival = { epoch: 3, migration: 'm-1' };
const committed = expect.objectContaining({ code: 'committed' }) as unknown;

describe('recording a discard', () => {
  it('is done when it is the first word', async () => {
    const { parts, written } = engine('gated', 'discarded');
    await recordDiscard(parts, arrival);
    expect(written).toEqual(['discarded']);
  });

  it('is refused when the driver committed after we looked', async () => {
    await expect(recordDiscard(engine('gated', 'running').parts, arrival)).rejects.toEqual(committed);
  });

  it.each(['running', 'waiting'] as const)('is refused without a word when the journal says %s', async (state) => {
    const { parts, written } = engine(state, state);
    await expect(recordDiscard(parts, arrival)).rejects.toEqual(committed);
    expect(written).toEqual([]);
  });

  it('is not repeated', async () => {
    const { parts, written } = engine('discarded', 'discarded');
    await recordDiscard(parts, arrival);
    expect(written).toEqual([]);
  });
});

describe('asking a driver to discard', () => {
  it('does not wait for ever for one that stands still', async () => {
    const drivers: Partial<Engine['drivers']> = { ask: () => new Promise(() => undefined) };
    await expect(askToDiscard({ drivers } as Engine, '/dir')).resolves.toBeUndefined();
  }, 10_000);
});
