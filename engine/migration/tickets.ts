import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ticket, TicketPeer } from '../../domain/migration';
import type { Role } from '../ports';
import { readIfThere } from '../read-file';
import { writeDurably } from '../write-file';

export interface HeldTicket {
  ticket: Ticket;
  role: Role;
}

/** Tickets outlive their migration: a relay of an old epoch still has to know its peer. */
export interface Tickets {
  save(held: HeldTicket): Promise<void>;
  at(epoch: number): Promise<HeldTicket | undefined>;
  newest(): Promise<HeldTicket | undefined>;
  all(): Promise<HeldTicket[]>;
}

export function ticketFiles(directory: string): Tickets {
  const at = async (epoch: number) => {
    const text = await readIfThere(join(directory, `${epoch}.json`));
    return text === undefined ? undefined : (JSON.parse(text) as HeldTicket);
  };
  const all = async () => {
    const held = await Promise.all((await epochs(directory)).map(at));
    return held.filter((one) => one !== undefined);
  };
  return {
    save: (held) => writeDurably(join(directory, `${held.ticket.epoch}.json`), `${JSON.stringify(held)}\n`),
    at,
    all,
    newest: async () => (await all()).at(-1),
  };
}

async function epochs(directory: string): Promise<number[]> {
  await mkdir(directory, { recursive: true });
  const names = await readdir(directory);
  return names
    .map((name) => /^(\d+)\.json$/.exec(name)?.[1])
    .filter((epoch) => epoch !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

export const otherSide = ({ ticket, role }: HeldTicket): TicketPeer => (role === 'source' ? ticket.destination : ticket.source);
export const ownSide = ({ ticket, role }: HeldTicket): TicketPeer => (role === 'source' ? ticket.source : ticket.destination);
