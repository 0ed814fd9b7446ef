import { randomUUID } from 'node:crypto';
import { access, appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { UnavailableError } from '../../../domain/errors';
import type { Ticket } from '../../../domain/migration';
import type { JournalState } from '../../../domain/service';
import type { DriverAnswer } from '../../../engine/migration/control-socket';
import { peerClient } from '../../../engine/migration/peer-client';
import { ticketFiles } from '../../../engine/migration/tickets';
import { playEngine, started, ticketBetween, until, type PlayedEngine } from './two-engines';

let source: PlayedEngine;
let destination: PlayedEngine;
let service: string;
let ticket: Ticket;

beforeEach(async () => {
  service = randomUUID();
  [source, destination] = await Promise.all([playEngine('edge', service), playEngine('cloud', service)]);
  await started(source, service);
  ticket = ticketBetween(source, destination, service, 2);
});
afterEach(async () => {
  await Promise.all([source.end(), destination.end()]);
});

const prepare = (engine: PlayedEngine, role: 'source' | 'destination', which = ticket) => engine.client.prepare({ ticket: which, role });
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

describe('a driver that dies after the commit', () => {
  beforeEach(async () => {
    await prepare(source, 'source');
    await prepare(destination, 'destination');
  });
  const hears = (engine: PlayedEngine, call: string) => until(() => Promise.resolve(engine.calls), (calls) => calls.includes(call));

  it('is started again while the arrived application is still frozen', async () => {
    await mkdir(destination.freezer);
    await writeFile(join(destination.freezer, 'cgroup.freeze'), '1\n');
    await destination.journal('running', ticket.epoch);
    destination.driversDie();
    await hears(destination, 'driver destination again');
  });

  it('is not started again for an application that runs', async () => {
    await destination.journal('running', ticket.epoch);
    destination.driversDie();
    await until(() => Promise.resolve(destination.calls), (calls) => calls.some((call) => call.startsWith('init main')));
    await new Promise((resume) => setTimeout(resume, 1_200));
    expect(destination.calls).not.toContain('driver destination again');
  });

  it('is started again while pages are owed: the frozen tree still has them', async () => {
    await source.journal('owing', ticket.epoch);
    source.driversDie();
    await hears(source, 'driver source again');
    expect(source.calls).not.toContain('relay to cloud');
  });

  it('leaves its routes to the engine when it cannot be started again', async () => {
    source.driver.set('start', () => Promise.resolve({ ok: false, code: 'bad-config', message: 'no such device' }));
    await source.journal('owing', ticket.epoch);
    source.driversDie();
    await hears(source, 'relay to cloud');
  });

  it('is not waited for by a finish: it is started again, and finishes', async () => {
    await source.journal('owing', ticket.epoch);
    source.driver.set('finish', () => {
      source.driver.delete('finish');
      source.driversDie();
      return Promise.reject(new UnavailableError('driver-gone', 'died'));
    });
    await source.client.step('finish');
    expect(source.calls.filter((call) => call === 'driver finish')).toHaveLength(2);
  });

  it('is not started again when the frozen tree is gone with its container: its routes are left to the engine', async () => {
    await source.journal('owing', ticket.epoch);
    await source.restart('container');
    await expect(source.client.step('finish')).rejects.toMatchObject({ code: 'pages-lost', recovery: 'human' });
    expect(source.calls).not.toContain('driver source again');
  });

  it('leaves its routes to the engine, once, when held packets were not released', async () => {
    await source.journal('relaying', ticket.epoch);
    source.driversDie();
    await hears(source, 'relay to cloud');
    await new Promise((resume) => setTimeout(resume, 1_200));
    expect(source.calls.filter((call) => call === 'relay to cloud')).toHaveLength(1);
  });

  it('leaves its routes as they are when it had released them', async () => {
    await appendFile(join(source.layout.handoff(ticket.migration), 'events.ndjson'), '{"step":"release","state":"released"}\n');
    await source.journal('relaying', ticket.epoch);
    source.driversDie();
    await new Promise((resume) => setTimeout(resume, 1_200));
    expect(source.calls).not.toContain('relay to cloud');
  });
});

describe('giving up before the commit', () => {
  beforeEach(async () => {
    await prepare(source, 'source');
    await prepare(destination, 'destination');
    source.driver.set('abort', async () => {
      await source.journal('running', ticket.epoch);
      return { ok: true };
    });
  });

  it('leaves the service at the source, ready for another migration', async () => {
    await source.client.step('abort');
    await destination.client.step('discard');
    expect(await source.client.status()).toMatchObject({ state: 'running', epoch: 2, running: true });
    const next = ticketBetween(source, destination, service, 3);
    await prepare(source, 'source', next);
    await prepare(destination, 'destination', next);
    expect(await destination.client.status()).toMatchObject({ state: 'armedD', epoch: 3 });
  });

  it('is left to a driver when one died before the freeze was recorded', async () => {
    source.driversDie();
    expect(await source.client.step('abort')).toMatchObject({ state: 'running' });
    expect(source.calls).toContain('driver source again');
    expect(source.calls).toContain('driver abort');
  });

  it('needs no driver when none ever was ready', async () => {
    await writeFile(join(source.layout.handoff(ticket.migration), 'events.ndjson'), '');
    source.driversDie();
    expect(await source.client.step('abort')).toMatchObject({ state: 'running' });
    expect(source.calls).not.toContain('driver abort');
  });

  it('is not waited for when the driver died before the freeze was recorded: it is started again', async () => {
    source.driversDie();
    await until(() => Promise.resolve(source.calls), (calls) => calls.includes('driver source again'));
  });

  it('leaves nothing behind at the destination', async () => {
    await destination.client.step('discard');
    expect(destination.calls).toEqual(expect.arrayContaining(['driver discard', 'sandbox destroyed', 'no peer edge', 'network gone']));
    await expect(access(destination.layout.handoff(ticket.migration))).rejects.toThrow();
    expect(await destination.client.status()).toMatchObject({ state: 'discarded', running: false });
  });

  it('may be tried again where a disk is full, and not a step that goes on', async () => {
    const full = () => Promise.reject(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }));
    const abort = source.driver.get('abort')!;
    source.driver.set('abort', full).set('handoff', full);
    await expect(source.client.step('handoff')).rejects.toMatchObject({ code: 'engine-failed', recovery: 'roll-back' });
    await expect(source.client.step('abort')).rejects.toMatchObject({ code: 'disk-full', recovery: 'retry' });
    source.driver.set('abort', () => Promise.resolve({ ok: false, code: 'journal', message: 'cannot write the state running to the journal' }));
    await expect(source.client.step('abort')).rejects.toMatchObject({ code: 'journal', recovery: 'retry' });
    source.driver.set('abort', abort);
    expect(await source.client.step('abort')).toMatchObject({ state: 'running' });
  });

  it('may be repeated', async () => {
    await destination.client.step('discard');
    expect(await destination.client.step('discard')).toMatchObject({ state: 'discarded' });
    await source.client.step('abort');
    expect(await source.client.step('abort')).toMatchObject({ state: 'running' });
  });

  it('cleans up after a driver that discarded by itself at its deadline', async () => {
    await destination.journal('gated', ticket.epoch);
    await destination.journal('discarded', ticket.epoch);
    await until(() => Promise.resolve(destination.calls), (calls) => calls.includes('sandbox destroyed'));
  });

  it('touches nothing when the driver says that the service is owned already', async () => {
    destination.driver.set('discard', () => Promise.resolve({ ok: false, code: 'committed', message: 'the service was committed here' }));
    await destination.journal('gated', ticket.epoch);
    await expect(destination.client.step('discard')).rejects.toMatchObject({ code: 'committed' });
    expect(destination.calls).not.toContain('sandbox destroyed');
    expect(await destination.client.status()).toMatchObject({ state: 'gated' });
  });

  it('makes way for a newer ticket only when its driver has not committed meanwhile', async () => {
    destination.driver.set('discard', async () => {
      await destination.journal('running', ticket.epoch);
      return { ok: false, code: 'committed', message: 'the service was committed here' };
    });
    await destination.journal('gated', ticket.epoch);
    await expect(prepare(destination, 'destination', ticketBetween(source, destination, service, 3))).rejects.toMatchObject({ code: 'committed' });
    expect(await readFile(destination.layout.journal, 'utf8')).not.toContain('discarded');
    expect(destination.calls).not.toContain('sandbox destroyed');
    expect(await destination.client.status()).toMatchObject({ state: 'running', epoch: 2, running: true });
  });

  it('refuses the old ticket ever after', async () => {
    await destination.client.step('discard');
    await expect(prepare(destination, 'destination')).rejects.toMatchObject({ code: 'stale-epoch' });
  });
});

describe('a preparation that hangs', () => {
  it('does not hang who asks for it', async () => {
    let resume = () => {};
    destination.beforePeer.wait = () => new Promise((go) => (resume = go));
    await prepare(source, 'source');
    const hung = prepare(destination, 'destination');
    await until(() => Promise.resolve(destination.calls), (calls) => calls.includes('fence'));
    const [key, cert, ca] = await Promise.all(['key', 'cert', 'ca'].map((name) => readFile(join(source.layout.tls, `${name}.pem`), 'utf8')));
    const peer = peerClient({ ticket, role: 'source' }, () => ({ key: key ?? '', cert: cert ?? '', ca: ca ?? '' }), { answerMs: 300, idleMs: 300 });
    await expect(peer.post('/v1/peer/arm', { migration: ticket.migration, epoch: ticket.epoch })).rejects.toMatchObject({ code: 'peer-unreachable', message: expect.stringContaining('no answer within 300 ms') });
    resume();
    await hung;
  });

  it('harms no later migration when it goes on, nor does the discard that waited for it', async () => {
    let resume = () => {};
    destination.beforePeer.wait = () => new Promise((go) => (resume = go));
    await prepare(source, 'source');
    const hung = prepare(destination, 'destination').catch((error: unknown) => error);
    await until(() => Promise.resolve(destination.calls), (calls) => calls.includes('fence'));
    const late = destination.client.step('discard');
    await until(() => destination.client.status(), ({ state }) => state === 'discarded');
    source.driver.set('abort', async () => {
      await source.journal('running', ticket.epoch);
      return { ok: true };
    });
    await source.client.step('abort');
    destination.beforePeer.wait = () => Promise.resolve();
    const next = ticketBetween(source, destination, service, 3);
    await prepare(source, 'source', next);
    await prepare(destination, 'destination', next);
    resume();
    expect(await hung).toMatchObject({ code: 'discarded' });
    await late;
    expect(destination.calls).not.toContain('sandbox destroyed');
    expect(destination.calls.filter((call) => call === 'sandbox adopt')).toHaveLength(1);
    expect(await destination.client.status()).toMatchObject({ state: 'armedD', epoch: 3, running: true });
  });
});

describe('a container that was restarted in the middle of a handoff', () => {
  beforeEach(async () => {
    await prepare(source, 'source');
    await prepare(destination, 'destination');
  });

  it('starts the service fresh at the source only after the destination has discarded', async () => {
    await source.journal('frozen', 2);
    await source.restart('container');
    await until(() => source.client.status(), ({ state, running }) => state === 'running' && running);
    expect(await destination.client.status()).toMatchObject({ state: 'discarded' });
  });

  it('becomes a relay when the destination got the commit', async () => {
    await source.journal('handedOff', 2);
    await destination.journal('running', 2);
    await source.restart('container');
    // Its driver had not noted that all pages had come, and those that were here are gone.
    await until(() => source.client.status(), ({ state }) => state === 'owing');
    await expect(source.client.step('finish')).rejects.toMatchObject({ code: 'pages-lost', recovery: 'human' });
    expect(source.calls).toContain('relay to cloud');
    expect(source.calls).not.toContain('application');
  });

  it.each([
    ['that has all pages', () => appendFile(join(destination.layout.handoff(ticket.migration), 'events.ndjson'), '{"step":"pages","state":"done"}\n')],
    ['that has sent the service on', () => destination.journal('armedS', 3)],
  ])('owes nothing to a destination %s', async (_what, happens) => {
    await source.journal('handedOff', 2);
    await destination.journal('running', 2);
    await happens();
    await source.restart('container');
    await until(() => source.client.status(), ({ state }) => state === 'relaying');
  });

  it.each(['armedD', 'gated', 'retired'] as const)('starts the service fresh when the destination is %s from before and never took the ticket', async (state) => {
    source.driver.set('abort', async () => {
      await source.journal('running', 2);
      return { ok: true };
    });
    await source.client.step('abort');
    await destination.journal(state, 2);
    await prepare(source, 'source', ticketBetween(source, destination, service, 3));
    await source.journal('frozen', 3);
    await source.restart('container');
    await until(() => source.client.status(), (status) => status.state === 'running' && status.epoch === 3 && status.running);
    expect(await destination.client.status()).toMatchObject({ state: 'discarded', epoch: 3 });
    await expect(prepare(destination, 'destination', ticketBetween(source, destination, service, 3))).rejects.toMatchObject({ code: 'stale-epoch' });
    // What arrived there before cannot come back either.
    const older = state === 'retired' ? 'retired' : 'discarded';
    const lines = (await readFile(destination.layout.journal, 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as { epoch: number; state: string });
    expect(lines.filter(({ epoch }) => epoch === 2).at(-1)?.state).toBe(older);
    expect(destination.calls).toContain('sandbox destroyed');
  });

  it('starts nothing while the destination cannot be asked', async () => {
    await source.journal('handedOff', 2);
    await destination.end();
    await source.restart('container');
    await new Promise((resume) => setTimeout(resume, 1_200));
    expect(await source.client.status()).toMatchObject({ state: 'handedOff', running: false });
    expect(source.calls).not.toContain('application');
    destination = await playEngine('cloud', service);
  });

  it.each([
    ['starts the service', 'discarded', 'running', 'application'],
    ['relays', 'running', 'owing', 'relay to cloud'],
  ] as const)('%s on the word of the coordinators when it cannot ask itself', async (_what, word, state, call) => {
    await source.journal('handedOff', 2);
    await destination.end();
    await source.restart('container');
    expect(await source.client.answer?.(ticket.migration, word)).toMatchObject({ state });
    expect(source.calls).toContain(call);
    expect(await source.client.answer?.(ticket.migration, word)).toMatchObject({ state });
    expect(source.calls.filter((each) => each === call)).toHaveLength(1);
    destination = await playEngine('cloud', service);
  });

  it('goes on asking after its engine began anew as well', async () => {
    await source.journal('handedOff', 2);
    await destination.journal('running', 2);
    await destination.away(async () => {
      await source.restart('container');
      await source.restart('engine');
      expect(await source.client.status()).toMatchObject({ state: 'handedOff', running: false });
    });
    await until(() => source.client.status(), ({ state }) => state === 'owing', 15_000);
  }, 30_000);

  it('asks about the epoch of its journal, not about a ticket that it never took', async () => {
    await source.journal('frozen', 2);
    await ticketFiles(source.layout.tickets).save({ ticket: ticketBetween(source, destination, service, 3), role: 'source' });
    await source.restart('container');
    await until(() => source.client.status(), ({ state, running }) => state === 'running' && running);
  });

  describe('whose arrival is lost with that', () => {
    const says = (verb: string, state: JournalState, answer: DriverAnswer = { ok: true }) =>
      source.driver.set(verb, async () => {
        if (state !== 'handedOff') await source.journal(state, 2);
        return answer;
      });
    const inDoubt: DriverAnswer = { ok: false, code: 'in-doubt', message: 'no acknowledgement' };
    const isDiscarded = async () => {
      await until(() => destination.client.status(), ({ state }) => state === 'discarded');
      expect(destination.calls).not.toContain('application');
      expect(await source.client.status()).toMatchObject({ state: 'running' });
    };

    it('discards it when the source had sent no commit, and has given up', async () => {
      says('abort', 'running');
      await destination.restart('container');
      await isDiscarded();
    });

    it('discards it when the source had no acknowledgement, and has taken the service back: an old one changes nothing then', async () => {
      await source.journal('handedOff', 2);
      says('abort', 'handedOff', inDoubt);
      says('answer', 'running');
      await destination.restart('container');
      await isDiscarded();
      expect(source.calls.filter((call) => /^driver (abort|answer)$/.test(call))).toEqual(['driver abort', 'driver answer']);
    });

    it('begins afresh when the source hears the old acknowledgement in the moment of the question', async () => {
      await source.journal('handedOff', 2);
      says('abort', 'handedOff', inDoubt);
      says('answer', 'owing');
      await destination.restart('container');
      await until(() => destination.client.status(), ({ state, running }) => state === 'running' && running);
      expect(await source.client.status()).toMatchObject({ state: 'owing' });
    });

    it('discards nothing before the source has decided', async () => {
      await source.journal('handedOff', 2);
      says('abort', 'handedOff', inDoubt);
      says('answer', 'handedOff', { ok: false, code: 'driver-gone', message: 'died' });
      await destination.restart('container');
      await until(() => Promise.resolve(source.calls), (calls) => calls.includes('driver answer'));
      await new Promise((resume) => setTimeout(resume, 300));
      expect(await destination.client.status()).toMatchObject({ state: 'armedD' });
      says('answer', 'running');
      await isDiscarded();
    });

    it('leaves the service with the source when that was restarted as well', async () => {
      await source.journal('handedOff', 2);
      await Promise.all([source.restart('container'), destination.restart('container')]);
      await until(() => source.client.status(), ({ state, running }) => state === 'running' && running);
      await isDiscarded();
      expect(source.calls.filter((call) => call === 'application')).toHaveLength(1);
    });

    it('does not discard it for a source in doubt, but says that it is lost', async () => {
      const reach = { ...ticket.source.reach, apiPort: 1 };
      await ticketFiles(destination.layout.tickets).save({ ticket: { ...ticket, source: { ...ticket.source, reach } }, role: 'destination' });
      await destination.restart('container');
      await source.journal('handedOff', 2);
      await source.restart('container');
      await until(() => source.client.status(), ({ state, running }) => state === 'running' && running);
      expect(await destination.client.status()).toMatchObject({ state: 'armedD', running: false });
    });

    it('prepares nothing anew while it waits for the answer', async () => {
      await source.away(async () => {
        await destination.restart('container');
        await expect(prepare(destination, 'destination')).rejects.toMatchObject({ code: 'asking', recovery: 'retry' });
      });
      expect(destination.calls).not.toContain('sandbox adopt');
    });
  });

  it('starts afresh what waited for pages: they are of no use to it any more', async () => {
    await destination.journal('running', 2);
    await destination.journal('waiting', 2);
    await destination.restart('engine');
    expect(await destination.client.status()).toMatchObject({ state: 'waiting' });
    expect(destination.calls).not.toContain('application');
    await destination.restart('container');
    await until(() => destination.client.status(), ({ state, running }) => state === 'running' && running);
    expect(destination.calls.filter((call) => call === 'application')).toHaveLength(1);
    await destination.restart('container');
    await until(() => destination.client.status(), ({ state, running }) => state === 'running' && running);
  });

  it('starts fresh at the destination when the source has seen the commit', async () => {
    await source.journal('relaying', 2);
    await destination.restart('container');
    await until(() => destination.client.status(), ({ state, running }) => state === 'running' && running);
  });
});
