import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach } from '@jest/globals';
import type { Ticket } from '../../../domain/migration';
import { playEngine, started, ticketBetween, type PlayedEngine } from './two-engines';

export interface Pair {
  /** `edge`, where the service runs in epoch 1. */
  source: PlayedEngine;
  /** `cloud`. */
  destination: PlayedEngine;
  service: string;
  /** From there to here, of epoch 2, by post-copy. */
  ticket: Ticket;
}

/** For each test two engines of its own. Answers with what gives one of them a ticket: the pair's, unless told otherwise. */
export function usePair(take: (pair: Pair) => unknown): (engine: PlayedEngine, role: 'source' | 'destination', which?: Ticket) => Promise<void> {
  let engines: PlayedEngine[] = [];
  let ticket: Ticket;
  beforeEach(async () => {
    const service = randomUUID();
    const [source, destination] = await Promise.all([playEngine('edge', service), playEngine('cloud', service)]);
    engines = [source, destination];
    await started(source, service);
    ticket = ticketBetween(source, destination, service, 2);
    take({ source, destination, service, ticket });
  });
  afterEach(async () => {
    await Promise.all(engines.map((engine) => engine.end()));
  });
  return (engine, role, which = ticket) => engine.client.prepare({ ticket: which, role });
}

export async function prepareBoth(source: PlayedEngine, destination: PlayedEngine, ticket: Ticket): Promise<void> {
  await source.client.prepare({ ticket, role: 'source' });
  await destination.client.prepare({ ticket, role: 'destination' });
}
