import { randomUUID } from 'node:crypto';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Ticket } from '../../../domain/migration';
import { ticketBetween, until, type PlayedEngine } from './two-engines';
import { usePair } from './use-pair';

let source: PlayedEngine;
let destination: PlayedEngine;
let service: string;
let ticket: Ticket;
const prepare = usePair((pair) => ({ source, destination, service, ticket } = pair));
const isReady = () => expect(destination.calls).toEqual(expect.arrayContaining(['image fetched', 'fence', 'peer edge', 'sandbox adopt', 'driver destination']));

/** What the drivers do in a handoff that succeeds. */
function playHandoff(): void {
  source.driver.set('handoff', async () => {
    await source.journal('frozen', ticket.epoch);
    await source.journal('handedOff', ticket.epoch);
    await destination.journal('gated', ticket.epoch);
    await destination.journal('running', ticket.epoch);
    await source.journal('owing', ticket.epoch);
    return { ok: true, downtimeMs: 21 };
  });
  source.driver.set('finish', async () => {
    await source.journal('relaying', ticket.epoch);
    return { ok: true };
  });
}

describe('preparing', () => {
  it('completes the destination whichever side is asked first', async () => {
    await prepare(source, 'source');
    await prepare(destination, 'destination');
    isReady();
    expect(await source.client.status()).toMatchObject({ state: 'armedS', epoch: 2, running: true, migration: { id: ticket.migration, role: 'source', peer: 'cloud' } });
    expect(await destination.client.status()).toMatchObject({ state: 'armedD', epoch: 2 });
  });

  it('completes the destination when it was asked before the source', async () => {
    await prepare(destination, 'destination');
    expect(destination.calls).not.toContain('sandbox adopt');
    await prepare(source, 'source');
    isReady();
  });

  it('closes the fence before anything can be restored behind it', async () => {
    await Promise.all([prepare(source, 'source'), prepare(destination, 'destination')]);
    await source.client.sync();
    isReady();
    expect(destination.calls.indexOf('fence')).toBeLessThan(destination.calls.indexOf('sandbox adopt'));
  });

  it('does nothing twice when it is asked again', async () => {
    await prepare(source, 'source');
    await prepare(destination, 'destination');
    await Promise.all([prepare(source, 'source'), prepare(destination, 'destination')]);
    expect(destination.calls.filter((call) => call === 'sandbox adopt')).toHaveLength(1);
    expect(source.calls.filter((call) => call === 'driver source')).toHaveLength(1);
  });

  it('refuses a second migration, and one of an old epoch', async () => {
    await prepare(source, 'source');
    await expect(prepare(source, 'source', ticketBetween(source, destination, service, 3))).rejects.toMatchObject({ code: 'already-migrating', recovery: 'refuse' });
    await expect(prepare(source, 'source', ticketBetween(source, destination, service, 1))).rejects.toMatchObject({ code: 'stale-epoch' });
  });

  it('and a command of a user exclude each other, whichever comes first', async () => {
    await source.client.hold('stop', 60_000);
    expect((await source.client.status()).holder).toEqual({ kind: 'command', command: 'stop', epoch: 1 });
    await expect(prepare(source, 'source')).rejects.toMatchObject({ code: 'held', recovery: 'refuse', message: expect.stringContaining('the command stop (epoch 1)') });
    await expect(source.client.hold('rm', 60_000)).rejects.toMatchObject({ code: 'held' });
    await source.restart('engine');
    await expect(prepare(source, 'source')).rejects.toMatchObject({ code: 'held' });
    await source.client.hold('stop', 0);

    await prepare(source, 'source');
    expect((await source.client.status()).holder).toEqual({ kind: 'migration', migration: ticket.migration, epoch: 2, peer: 'cloud' });
    for (const refused of [source.client.hold('stop', 1000), source.client.hold('rm', 1000, { force: true }), source.client.stop(1000)]) {
      await expect(refused).rejects.toMatchObject({ code: 'already-migrating', message: expect.stringContaining(ticket.migration) });
    }
    expect(source.calls).not.toContain('sandbox destroy');
  });

  it('begins when the command that held the service is long gone', async () => {
    await source.client.hold('rm', 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await expect(prepare(source, 'source')).resolves.toBeUndefined();
  });

  it('is not expected any more by one who removes the relay it would come to', async () => {
    await destination.client.stay(60_000);
    await expect(destination.client.hold('rm', 1000)).rejects.toMatchObject({ code: 'expected', recovery: 'retry' });
    await expect(destination.client.hold('rm', 60_000, { force: true })).resolves.toBeUndefined();
    await expect(prepare(destination, 'destination')).rejects.toMatchObject({ code: 'held' });
  });

  it('refuses a ticket that is not for this engine', async () => {
    await expect(prepare(destination, 'source')).rejects.toMatchObject({ code: 'wrong-cluster' });
    await expect(prepare(source, 'source', { ...ticket, service: randomUUID() })).rejects.toMatchObject({ code: 'wrong-service' });
  });

  it('tells the specification to the peer of the ticket only while it is armed', async () => {
    await prepare(source, 'source');
    await source.journal('running', 2);
    await expect(prepare(destination, 'destination')).resolves.toBeUndefined();
    expect(destination.calls).not.toContain('sandbox adopt');
  });
});

describe('a handoff', () => {
  beforeEach(async () => {
    await prepare(source, 'source');
    await prepare(destination, 'destination');
    playHandoff();
  });

  it('makes the arrived application the main process, and the source a relay that keeps its container', async () => {
    const result = await source.client.step('handoff');
    expect(result).toMatchObject({ state: 'owing', downtimeMs: 21 });
    await until(() => Promise.resolve(destination.calls), (calls) => calls.some((call) => /^init main/.test(call)));
    expect(source.calls).toContain('init none');
    expect(source.calls).not.toContain('sandbox destroyed');
    await source.client.step('finish');
    expect(source.calls).toContain('sandbox destroyed');
    expect(await source.client.status()).toMatchObject({ state: 'relaying', running: false });
    expect(await destination.client.status()).toMatchObject({ state: 'running', epoch: 2, running: true });
  });

  it('leaves no dump behind on either side', async () => {
    const dumps = [source, destination].map(({ layout }) => layout.dump(ticket.epoch));
    for (const dump of dumps) {
      await mkdir(dump, { recursive: true });
      await writeFile(join(dump, 'pages-1.img'), 'memory');
    }
    const kept = () => Promise.all(dumps.map((dump) => access(dump).then(() => true, () => false)));
    expect(await kept()).toEqual([true, true]);
    await source.client.step('handoff');
    await source.client.step('finish');
    await until(kept, (there) => !there.includes(true));
  });

  it('answers a repeated verb with the first answer, also after the engine began anew', async () => {
    const first = await source.client.step('handoff');
    expect(await source.client.step('handoff')).toEqual(first);
    await source.restart('engine');
    expect(await source.client.step('handoff')).toEqual(first);
    expect(source.calls).not.toContain('driver handoff');
  });

  it('is answered from the journal when its answer was lost and its driver has ended', async () => {
    await source.journal('frozen', ticket.epoch);
    await source.journal('relaying', ticket.epoch);
    source.driver.set('handoff', () => Promise.reject(new Error('asked again')));
    expect(await source.client.step('handoff')).toMatchObject({ state: 'relaying' });
  });

  it('is settled between the engines when the drivers do not reach each other', async () => {
    await source.journal('frozen', ticket.epoch);
    await source.journal('handedOff', ticket.epoch);
    source.driver.set('abort', () => Promise.resolve({ ok: false, code: 'in-doubt', message: 'no answer' }));
    source.driver.set('answer', async () => {
      await source.journal('running', ticket.epoch);
      return { ok: true };
    });
    expect(await source.client.step('abort')).toMatchObject({ state: 'running' });
    expect(await destination.client.status()).toMatchObject({ state: 'discarded' });
  });

  it('hears the end of its doubt through the coordinators too', async () => {
    await source.journal('frozen', ticket.epoch);
    await source.journal('handedOff', ticket.epoch);
    source.driver.set('answer', async () => {
      await source.journal('owing', ticket.epoch);
      return { ok: true };
    });
    expect(await source.client.answer?.(ticket.migration, 'running')).toMatchObject({ state: 'owing' });
    expect(source.calls).toContain('driver answer');
    await expect(destination.client.answer?.(ticket.migration, 'running')).rejects.toMatchObject({ code: 'wrong-side' });
    await expect(source.client.answer?.('another', 'running')).rejects.toMatchObject({ code: 'other-migration' });
  });

  it('cannot be aborted or discarded any more', async () => {
    await source.client.step('handoff');
    await expect(source.client.step('abort')).rejects.toMatchObject({ code: 'committed' });
    await expect(destination.client.step('discard')).rejects.toMatchObject({ code: 'committed' });
    expect(await destination.client.status()).toMatchObject({ state: 'running' });
  });

  it('ends its relay for its own epoch only', async () => {
    await source.client.step('handoff');
    await expect(source.client.endRelay(2)).rejects.toMatchObject({ code: 'not-relaying' });
    await source.client.step('finish');
    await expect(source.client.endRelay(1)).rejects.toMatchObject({ code: 'not-relaying' });
    await source.client.endRelay(2);
    await source.client.endRelay(2);
    expect(source.calls).toContain('network gone');
    expect(await source.client.status()).toMatchObject({ state: 'retired' });
  });

  it('does not end its relay when the service is about to come back over the same tunnel', async () => {
    await source.client.step('handoff');
    await source.client.step('finish');
    await prepare(source, 'destination', { ...ticketBetween(destination, source, service, 3) });
    await expect(source.client.endRelay(2)).rejects.toMatchObject({ code: 'not-relaying' });
    expect(source.calls).not.toContain('no peer cloud');
  });

  it('is not followed by another while its pages are owed', async () => {
    await source.client.step('handoff');
    const back = ticketBetween(destination, source, service, 3);
    destination.driver.set('status', () => Promise.resolve({ ok: true, pagesDone: false }));
    await expect(prepare(destination, 'source', back)).rejects.toMatchObject({ code: 'owing', recovery: 'refuse' });
    destination.driver.set('status', () => Promise.resolve({ ok: true, pagesDone: true }));
    await prepare(destination, 'source', back);
    expect(await destination.client.status()).toMatchObject({ state: 'armedS', epoch: 3 });
  });

  it('relays again when the source container was restarted, and starts nothing', async () => {
    await source.client.step('handoff');
    await source.client.step('finish');
    await source.restart('container');
    await until(() => Promise.resolve(source.calls), (calls) => calls.includes('relay to cloud'));
    expect(source.calls).not.toContain('application');
    // Its kernel knows none of the connections that it carries any more.
    await until(() => source.client.status(), ({ relayForgot }) => relayForgot === true);
  });

  it('tells the reason when the driver fails, with the end of its log', async () => {
    source.driver.set('handoff', () => Promise.resolve({ ok: false, code: 'dump-failed', message: 'the dump failed', tail: 'Error (criu/tty.c:1): no tty' }));
    await expect(source.client.step('handoff')).rejects.toMatchObject({ code: 'dump-failed', recovery: 'roll-back', message: expect.stringContaining('no tty') });
  });

  it('asks for a human when it is in doubt', async () => {
    source.driver.set('handoff', () => Promise.resolve({ ok: false, code: 'in-doubt', message: 'no acknowledgement' }));
    await expect(source.client.step('handoff')).rejects.toMatchObject({ code: 'in-doubt', recovery: 'human' });
  });
});
