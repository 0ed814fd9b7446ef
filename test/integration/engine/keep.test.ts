import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { DriverVerb, KeepRequest } from '../../../domain/engine';
import type { Strategy, Ticket } from '../../../domain/migration';
import type { JournalState } from '../../../domain/service';
import { CountingClient } from './counting-client';
import { buildRuntime, Outer, ticketOf } from './outer-containers';
import { until } from './two-engines';

jest.setTimeout(240_000);
beforeAll(buildRuntime, 600_000);

const port = 8080;
/** Pages come so slowly that the debt outlasts the test. */
const slowPages = 'pages-kept=fail,pages=delay:2000';
let service: string;
let outers: Outer[];
let client: CountingClient;

const run = async (cluster: string, faults?: string) => {
  const outer = await Outer.run(cluster, service, { faults });
  outers.push(outer);
  return outer;
};

beforeEach(() => {
  service = randomUUID();
  outers = [];
});
afterEach(async () => {
  client.end();
  // What is frozen cannot be removed where cgroups are of version 1.
  await Promise.all(outers.map((outer) => outer.kill().catch(() => undefined).then(() => outer.remove())));
});

async function serve(outer: Outer): Promise<void> {
  await outer.start();
  await until(() => outer.client.status(), ({ running }) => running);
  client = await CountingClient.connect(outer.address, port);
}

async function prepared(from: Outer, to: Outer, strategy: Strategy): Promise<Ticket> {
  const ticket = await ticketOf(from, to, strategy);
  await from.client.prepare({ ticket, role: 'source' });
  await to.client.prepare({ ticket, role: 'destination' });
  await from.client.sync();
  return ticket;
}

const asked = ({ migration, epoch }: Ticket, seen: JournalState): KeepRequest => ({ migration, epoch, seen, asks: false });

async function checksum(outer: Outer): Promise<string> {
  const asking = await CountingClient.connect(outer.address, port, 'S');
  const sum = await until(() => Promise.resolve(asking.received), (text) => text.endsWith('\n'));
  asking.end();
  return sum;
}

const counts = async () => {
  const before = client.numbers().length;
  await until(() => Promise.resolve(client.numbers().length), (now) => now > before + 20);
  expect(client.broken).toBeUndefined();
  expect(client.breaks()).toEqual([]);
};

/** Removed for good while a service in it may be frozen. */
async function lose(outer: Outer): Promise<void> {
  await outer.kill();
  await outer.remove();
  outers = outers.filter((other) => other !== outer);
}

describe('a source that owes pages to a destination that is gone', () => {
  it('goes on from the freeze with its memory, ends what was connected, and can migrate again', async () => {
    const [edge, cloud, fog] = await Promise.all([run('edge'), run('cloud', slowPages), run('fog')]);
    await serve(edge);
    const memory = await checksum(edge);
    const ticket = await prepared(edge, cloud, 'post-copy');
    await edge.client.step('handoff');
    expect(await edge.client.status()).toMatchObject({ state: 'owing' });
    const finish = edge.client.step('finish').catch((error: unknown) => error);
    await lose(cloud);
    expect(await edge.client.keep(asked(ticket, 'owing'))).toEqual({ kept: 'taken-back' });
    expect(await finish).toMatchObject({ code: expect.stringMatching(/taken-back|not-committed/) });
    expect(await edge.client.keep(asked(ticket, 'owing'))).toEqual({ kept: 'taken-back' });
    expect(await edge.client.status()).toMatchObject({ state: 'running', epoch: ticket.epoch, running: true });
    await until(() => Promise.resolve(client.broken), (broken) => broken !== undefined);
    expect(await checksum(edge)).toBe(memory);
    client = await CountingClient.connect(edge.address, port);
    await counts();
    await prepared(edge, fog, 'post-copy');
    await edge.client.step('handoff');
    await edge.client.step('finish');
    await counts();
    expect(await fog.client.status()).toMatchObject({ state: 'running', running: true });
  });
});

describe('a source in doubt', () => {
  it('goes on with its connections when the destination is lost, and not on what was seen before', async () => {
    const [edge, cloud] = await Promise.all([run('edge', 'commit=fail'), run('cloud', 'journal-discarded=stop')]);
    await serve(edge);
    const ticket = await prepared(edge, cloud, 'post-copy');
    await expect(edge.client.step('handoff')).rejects.toMatchObject({ code: 'in-doubt' });
    await lose(cloud);
    await expect(edge.client.keep(asked(ticket, 'frozen'))).rejects.toMatchObject({ code: 'changed' });
    expect(await edge.client.keep(asked(ticket, 'handedOff'))).toEqual({ kept: 'resumed' });
    await counts();
    expect(await edge.client.status()).toMatchObject({ state: 'running', running: true });
  });
});

describe('a destination that waits for pages of a source that is gone', () => {
  it('begins afresh from its files, and its next arrival finds the way free', async () => {
    const [edge, cloud] = await Promise.all([run('edge'), run('cloud', slowPages)]);
    await serve(edge);
    const memory = await checksum(edge);
    const ticket = await prepared(edge, cloud, 'post-copy');
    await edge.client.step('handoff');
    await lose(edge);
    const needsPages = await CountingClient.connect(cloud.address, port, 'S');
    // Within seconds, or within a minute when the page was part of what is fetched in the background.
    await until(() => cloud.client.status(), ({ state }) => state === 'waiting', 100_000);
    needsPages.end();
    expect(await cloud.client.keep(asked(ticket, 'waiting'))).toEqual({ kept: 'afresh' });
    expect(await cloud.client.status()).toMatchObject({ state: 'running', running: true });
    expect(await checksum(cloud)).not.toBe(memory);
    client = await CountingClient.connect(cloud.address, port);
    await counts();
    const home = await run('home');
    await prepared(cloud, home, 'stop-and-copy');
    for (const verb of ['freeze', 'final-dump', 'transfer', 'restore', 'commit', 'finish'] as const) await cloud.client.step(verb);
    await counts();
  });
});

describe('a source whose container dies while it is frozen', () => {
  const frozenUpTo = async (from: Outer, to: Outer, ...verbs: DriverVerb[]) => {
    await serve(from);
    const memory = await checksum(from);
    const ticket = await prepared(from, to, 'stop-and-copy');
    for (const verb of verbs) await from.client.step(verb);
    return { memory, ticket };
  };
  const counted = () => client.numbers().at(-1) ?? 0;
  /** The memory is another one after each start; a subscriber begins with the next number. */
  const expectGoneOn = async (outer: Outer, memory: string, before: number) => {
    expect(await checksum(outer)).toBe(memory);
    client = await CountingClient.connect(outer.address, port);
    await counts();
    expect(client.numbers()[0]).toBeGreaterThanOrEqual(before);
  };

  it('and is started again commits the complete copy at the destination by that proof', async () => {
    const [edge, cloud] = await Promise.all([run('edge'), run('cloud')]);
    const { memory } = await frozenUpTo(edge, cloud, 'freeze', 'final-dump', 'transfer', 'restore');
    const before = counted();
    await edge.kill();
    expect(await cloud.client.status()).toMatchObject({ state: 'gated' });
    await edge.startAgain();
    await until(() => cloud.client.status(), ({ state }) => state === 'running', 30_000);
    await until(() => edge.client.status(), ({ state, running }) => state === 'relaying' && !running, 30_000);
    await expectGoneOn(cloud, memory, before);
  });

  it('is committed by its coordinator without being started again, and later finds that it has left', async () => {
    const [edge, cloud] = await Promise.all([run('edge'), run('cloud')]);
    const { memory, ticket } = await frozenUpTo(edge, cloud, 'freeze', 'final-dump', 'transfer', 'restore');
    const before = counted();
    await edge.kill();
    expect(await cloud.client.keep(asked(ticket, 'gated'))).toEqual({ kept: 'committed' });
    await expectGoneOn(cloud, memory, before);
    await edge.startAgain();
    await until(() => edge.client.status(), ({ state, running }) => state === 'relaying' && !running, 30_000);
    expect(await cloud.client.status()).toMatchObject({ state: 'running', running: true });
  });

  it('goes on from its final dump when the destination has no copy', async () => {
    const [edge, cloud, fog] = await Promise.all([run('edge'), run('cloud'), run('fog')]);
    const { memory } = await frozenUpTo(edge, cloud, 'freeze', 'final-dump', 'transfer');
    const before = counted();
    await edge.kill();
    await edge.startAgain();
    await until(() => edge.client.status(), ({ state, running }) => state === 'running' && running, 30_000);
    expect(await cloud.client.status()).toMatchObject({ state: 'discarded', running: false });
    await expectGoneOn(edge, memory, before);
    await until(() => edge.sh('ls /var/lib/carryon/dump'), (files) => files === '');
    await prepared(edge, fog, 'post-copy');
    await edge.client.step('handoff');
    await edge.client.step('finish');
    await counts();
  });

  it('begins afresh when there is no complete dump', async () => {
    const [edge, cloud] = await Promise.all([run('edge'), run('cloud')]);
    const { memory } = await frozenUpTo(edge, cloud, 'freeze');
    await edge.kill();
    await edge.startAgain();
    await until(() => edge.client.status(), ({ state, running }) => state === 'running' && running, 30_000);
    expect(await checksum(edge)).not.toBe(memory);
    client = await CountingClient.connect(edge.address, port);
    await counts();
  });
});
