import { describe, expect, it } from '@jest/globals';
import { reduceJournal } from '../../../domain/journal';
import { CarryonError, RefusedError } from '../../../domain/errors';
import type { JournalState } from '../../../domain/service';
import type { Engine } from '../../../engine/engine';
import { armForPeer } from '../../../engine/migration/peer-answers';
import { completeDestination } from '../../../engine/migration/peer-readiness';
import type { Shared } from '../../../engine/migration/shared';
import type { HeldTicket } from '../../../engine/migration/tickets';

const ticket = { migration: 'one', epoch: 4, destination: { cluster: 'cloud' } };
const held = (role: 'source' | 'destination') => ({ role, ticket }) as unknown as HeldTicket;
const line = (epoch: number, state: JournalState) => `${JSON.stringify({ epoch, state, migration: 'one', peer: 'edge', at: '2026-01-01T00:00:00.000Z' })}\n`;

/** A destination whose journal says this. */
const destination = (journal: string) =>
  ({ journal: { read: () => Promise.resolve(reduceJournal(journal)) }, tickets: { at: () => Promise.resolve(undefined) } }) as unknown as Engine;
/** A source whose peer answers by that destination. */
const source = (journal: string) =>
  ({ peer: () => ({ post: () => armForPeer(destination(journal), {} as Shared, { migration: 'one', epoch: 4 }) }) }) as unknown as Engine;

describe('a source that asks whether its destination is ready', () => {
  it.each([['it never heard of the ticket', ''], ['its last migration is an older one', line(3, 'relaying')]])('waits while %s', async (_, journal) => {
    await expect(completeDestination(source(journal), held('source'))).resolves.toBe(false);
  });

  it.each([
    ['has discarded the arrival', line(4, 'armedD') + line(4, 'discarded')],
    ['takes part in a later migration', line(4, 'armedD') + line(4, 'discarded') + line(5, 'armedD')],
  ])('gives up, and goes back, when the destination %s: asked again it would say the same for ever', async (_, journal) => {
    const error = await completeDestination(source(journal), held('source')).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CarryonError);
    expect(error).toMatchObject({ code: 'peer-discarded', recovery: 'roll-back' });
    expect((error as CarryonError).next).toBeTruthy();
  });

  it('hands on what else the destination refuses', async () => {
    const refused = { peer: () => ({ post: () => Promise.reject(new RefusedError('no-space', 'its disk is full')) }) } as unknown as Engine;
    await expect(completeDestination(refused, held('source'))).rejects.toMatchObject({ code: 'no-space' });
  });
});
