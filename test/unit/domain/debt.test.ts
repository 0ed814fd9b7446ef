import { expect, test } from '@jest/globals';
import { decideDebt, type Debt } from '../../../domain/debt';

const epoch = 5;
const events = (...seen: [step: string, state?: string][]) => seen.map(([step, state]) => ({ atMs: 0, step, ...(state && { state }) }));
const arrived = events(['restore'], ['commit']);
const owing = { epoch, state: 'owing' } as const;

test.each<[string, Parameters<typeof decideDebt>[2], Debt]>([
  ['runs, and pages still come', { epoch, state: 'running', events: arrived }, 'open'],
  ['runs with all pages', { epoch, state: 'running', events: [...arrived, ...events(['pages', 'done'])] }, 'paid'],
  ['runs, though its driver never told of an arrival', { epoch, state: 'running', events: [] }, 'restarted'],
  ['runs, and tells of another migration', { epoch, state: 'running' }, 'open'],
  ['waits until the link is back', { epoch, state: 'waiting', events: arrived }, 'open'],
  ['waits, and nobody fetches its pages', { epoch, state: 'waiting', events: arrived, stranded: true }, 'waiting'],
  ['has gone on to a newer epoch', { epoch: epoch + 1, state: 'relaying' }, 'moved-on'],
  ['knows nothing of it yet', { epoch: epoch - 1, state: 'relaying' }, 'open'],
  ['cannot be asked', undefined, 'open'],
  ['was removed', null, 'gone'],
])('a debt whose destination %s', (_, destination, debt) => expect(decideDebt(epoch, owing, destination)).toBe(debt));

test('a source that has taken the service back is owed nothing, and owes nothing, whoever cannot be asked', () => {
  expect(decideDebt(epoch, { epoch, state: 'running' }, undefined)).toBe('resumed');
  expect(decideDebt(epoch, { epoch, state: 'running' }, null)).toBe('resumed');
  expect(decideDebt(epoch, { epoch: epoch - 1, state: 'running' }, null)).toBe('gone');
});

test('a source that relays has paid, whoever cannot be asked', () => {
  expect(decideDebt(epoch, { epoch, state: 'relaying' }, undefined)).toBe('paid');
  expect(decideDebt(epoch, { epoch: epoch + 1, state: 'relaying' }, undefined)).toBe('open');
});
