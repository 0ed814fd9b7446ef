import { describe, expect, it } from '@jest/globals';
import type { JournalState } from '../../../domain/service';
import type { Engine } from '../../../engine/engine';
import type { JournalView } from '../../../domain/journal';
import { answerLost } from '../../../engine/migration/take-back';
import type { HeldTicket } from '../../../engine/migration/tickets';

const view = (state: JournalState): JournalView => {
  const current = { epoch: 3, state, at: '' };
  return { state, epoch: 3, current, history: new Map([[3, current]]) };
};

describe('what a destination that lost its arrival is told', () => {
  it.each(['owing', 'relaying', 'retired'] as const)('is on the disk of the source, as it must tell the same after a loss of power (%s)', async (state) => {
    const asked: string[] = [];
    const look = (how: string) => () => {
      asked.push(how);
      return Promise.resolve(view(state));
    };
    const parts: Pick<Engine, 'journal' | 'tickets'> = {
      journal: { read: look('read'), readDurably: look('read durably'), append: () => Promise.reject(new Error('nothing is to be written')) },
      tickets: { at: () => Promise.resolve({ role: 'source', ticket: { epoch: 3 } } as HeldTicket) } as Partial<Engine['tickets']> as Engine['tickets'],
    };
    expect(await answerLost(parts as Engine, 3)).toEqual({ epoch: 3, state });
    expect(asked.at(-1)).toBe('read durably');
  });
});
