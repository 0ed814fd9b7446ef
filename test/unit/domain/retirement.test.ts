import { describe, expect, test } from '@jest/globals';
import { decideRetirement } from '../../../domain/retirement';
import { journalStates, type JournalState } from '../../../domain/service';

const states = (found: string, epoch: number, more: { relaysFor?: number; owesNothing?: boolean } = {}): JournalState[] =>
  journalStates.filter((state) => decideRetirement({ state, epoch, relaysFor: more.relaysFor }, 2, more.owesNothing ?? false) === found);

describe('decideRetirement', () => {
  test('a source that relays or has ended is retired; one that owes pages only when nobody needs them', () => {
    expect(states('relays', 2)).toEqual(['relaying']);
    expect(states('ended', 2)).toEqual(['retired']);
    expect(states('relays', 2, { owesNothing: true })).toEqual(['owing', 'relaying']);
  });

  test('an arrival that came to nothing leaves its relay to be retired; one under way is awaited', () => {
    expect(states('relays', 3, { relaysFor: 2 })).toEqual(['discarded']);
    expect(states('awaits', 3, { relaysFor: 2 })).toEqual(['armedD', 'gated']);
  });

  test('what does not run now may do so again', () => {
    expect(decideRetirement({ state: 'absent', epoch: 0, stopped: true }, 2, false)).toBe('awaits');
  });

  test('whatever does not carry connections of this epoch is left alone', () => {
    expect(states('over', 3)).toEqual([...journalStates]);
    expect(states('over', 4, { relaysFor: 4 })).toEqual([...journalStates]);
  });
});
