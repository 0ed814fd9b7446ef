import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Ticket } from '../../../domain/migration';
import { peerClient } from '../../../engine/migration/peer-client';
import { ticketBetween, until, type PlayedEngine } from './two-engines';
import { prepareBoth, usePair } from './use-pair';

let source: PlayedEngine;
let destination: PlayedEngine;
let service: string;
let ticket: Ticket;
const prepare = usePair((pair) => ({ source, destination, service, ticket } = pair));

describe('giving up before the commit', () => {
  beforeEach(async () => {
    await prepareBoth(source, destination, ticket);
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
