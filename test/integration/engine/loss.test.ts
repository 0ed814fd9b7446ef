import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Ticket } from '../../../domain/migration';
import type { JournalState } from '../../../domain/service';
import { until, type PlayedEngine } from './two-engines';
import { prepareBoth, usePair } from './use-pair';

let source: PlayedEngine;
let destination: PlayedEngine;
let ticket: Ticket;

usePair((pair) => {
  ({ source, destination } = pair);
  ticket = { ...pair.ticket, strategy: 'stop-and-copy' };
});
beforeEach(() => prepareBoth(source, destination, ticket));

const keep = (engine: PlayedEngine, seen: JournalState, { asks = false, afresh = false } = {}) =>
  engine.client.keep({ migration: ticket.migration, epoch: 2, seen, asks, ...(afresh && { afresh }) });
const applications = (engine: PlayedEngine) => engine.calls.filter((call) => call === 'application').length;
/** The driver's own record of what it did. */
const records = (engine: PlayedEngine, verb: string, state: JournalState) =>
  engine.driver.set(verb, async () => {
    await engine.journal(state, 2);
    return { ok: true };
  });

describe('a service that is left at its source', () => {
  it('is thawed by the driver when pages were owed, also by one that has to be started again; init has its process back', async () => {
    records(source, 'take-back', 'running');
    await source.journal('owing', 2);
    source.driversDie();
    expect(await keep(source, 'owing')).toEqual({ kept: 'taken-back' });
    expect(source.calls).toEqual(expect.arrayContaining(['driver source again', 'driver take-back']));
    expect(source.calls.at(-1)).toMatch(/no peer cloud|init main/);
    expect(await source.client.status()).toMatchObject({ state: 'running' });
    expect(await keep(source, 'owing')).toEqual({ kept: 'taken-back' });
    expect(source.calls.filter((call) => call === 'driver take-back')).toHaveLength(1);
  });

  it('is ended by its driver when its removal is forced while it owes: the sandbox lives until the driver has reaped its CRIU', async () => {
    records(source, 'retire', 'relaying');
    await source.journal('owing', 2);
    await source.client.hold('rm', 60_000, { force: true });
    expect(source.calls).toEqual(expect.arrayContaining(['init none', 'driver retire']));
    expect(source.calls).not.toContain('sandbox destroyed');
    expect(await source.client.status()).toMatchObject({ state: 'relaying', holder: { command: 'rm' } });
  });

  it('begins afresh when its frozen tree is gone with its container', async () => {
    await source.journal('owing', 2);
    await source.restart('container');
    expect(applications(source)).toBe(0);
    expect(await keep(source, 'owing')).toEqual({ kept: 'afresh' });
    expect(source.calls).toEqual(expect.arrayContaining(['network gone', 'application']));
    expect(await source.client.status()).toMatchObject({ state: 'running', running: true });
  });

  it('is told `discarded` when it is in doubt', async () => {
    source.driver.set('abort', () => Promise.resolve({ ok: false, code: 'in-doubt', message: 'no answer' }));
    records(source, 'answer', 'running');
    await source.journal('handedOff', 2);
    expect(await keep(source, 'handedOff')).toEqual({ kept: 'resumed' });
    expect(source.calls).toContain('driver answer');
  });

  it('goes on there without its peer when its container was restarted and asks', async () => {
    await destination.away(async () => {
      await source.journal('frozen', 2);
      await source.restart('container');
      expect(await source.client.status()).toMatchObject({ state: 'frozen', asks: true });
      await expect(keep(source, 'frozen')).rejects.toMatchObject({ code: 'changed', recovery: 'retry' });
      expect(applications(source)).toBe(0);
      expect(await keep(source, 'frozen', { asks: true })).toEqual({ kept: 'afresh' });
      await until(() => source.client.status(), ({ state, running, asks }) => state === 'running' && running && !asks);
    });
  });

  it('is not, when its journal has moved on since it was asked, or has nothing to go on with', async () => {
    await source.journal('handedOff', 2);
    await expect(keep(source, 'frozen')).rejects.toMatchObject({ code: 'changed', recovery: 'retry' });
    await source.journal('relaying', 2);
    await expect(keep(source, 'handedOff')).rejects.toMatchObject({ code: 'changed' });
    await expect(keep(source, 'relaying')).rejects.toMatchObject({ code: 'nothing-to-keep', recovery: 'refuse' });
    await expect(source.client.keep({ migration: 'another', epoch: 2, seen: 'relaying', asks: false })).rejects.toMatchObject({ code: 'other-migration' });
  });
});

describe('a service that waits for pages', () => {
  beforeEach(async () => {
    await destination.journal('running', 2);
    await destination.journal('waiting', 2);
  });
  const told = async () => (await destination.client.status()).stranded ?? false;

  it('may go on when the link is back, as long as its driver looks for them', async () => {
    destination.driver.set('status', () => Promise.resolve({ ok: true, outcome: 'committed' }));
    expect(await told()).toBe(false);
  });

  it('does so in vain when its driver says that they are lost', async () => {
    destination.driver.set('status', () => Promise.resolve({ ok: true, outcome: 'waiting' }));
    expect(await told()).toBe(true);
  });

  it('ends at once when its removal is forced: an orchestrator may wait for a frozen process for ever', async () => {
    await destination.client.hold('rm', 60_000, { force: true });
    expect(destination.calls.slice(-2)).toEqual(['init none', 'sandbox destroyed']);
  });

  it('does so in vain when its driver is dead', async () => {
    destination.driversDie();
    expect(await told()).toBe(true);
  });
});

describe('a service that is left at its destination', () => {
  it('begins afresh instead of waiting for pages, after its driver has given up', async () => {
    await destination.journal('running', 2);
    await destination.journal('waiting', 2);
    destination.driver.set('give-up', () => {
      destination.driversDie();
      return Promise.resolve({ ok: true });
    });
    expect(await keep(destination, 'waiting')).toEqual({ kept: 'afresh' });
    const calls = destination.calls.slice(destination.calls.lastIndexOf('init none'));
    expect(calls.slice(0, 7)).toEqual(['init none', 'driver give-up', 'sandbox destroyed', 'sandbox start', expect.stringMatching(/^init main/), 'application', expect.stringMatching(/^init main/)]);
    expect(await destination.client.status()).toMatchObject({ state: 'running', running: true });
  });

  it('is not given up while it runs, and may be when it waits after that', async () => {
    await destination.journal('running', 2);
    expect(await keep(destination, 'running')).toEqual({ kept: 'already' });
    await destination.journal('waiting', 2);
    expect(await keep(destination, 'waiting')).toEqual({ kept: 'afresh' });
    expect(await keep(destination, 'waiting')).toEqual({ kept: 'afresh' });
    expect(applications(destination)).toBe(1);
  });

  it('goes on as the main process when its pages have come in that moment', async () => {
    await destination.journal('waiting', 2);
    destination.driver.set('give-up', () => Promise.resolve({ ok: false, code: 'not-waiting', message: 'it runs' }));
    await expect(keep(destination, 'waiting')).rejects.toMatchObject({ code: 'not-waiting' });
    expect(destination.calls.slice(-3)).toEqual(['init none', 'driver give-up', expect.stringMatching(/^init main/)]);
    expect(applications(destination)).toBe(0);
  });

  it('is not given up for nothing, when nobody knows what is to begin afresh', async () => {
    await destination.journal('waiting', 2);
    await rm(destination.layout.spec);
    await expect(keep(destination, 'waiting')).rejects.toMatchObject({ code: 'nothing-to-keep' });
    expect(destination.calls).not.toContain('driver give-up');
  });

  it('begins afresh when its container was restarted, and the source is lost', async () => {
    await source.away(async () => {
      await destination.journal('gated', 2);
      await destination.restart('container');
      await expect(keep(destination, 'gated')).rejects.toMatchObject({ code: 'changed' });
      expect(await keep(destination, 'gated', { asks: true })).toEqual({ kept: 'afresh' });
      expect(await destination.client.status()).toMatchObject({ state: 'running', running: true });
    });
  });

  it('is committed by its driver when the copy is complete', async () => {
    records(destination, 'commit', 'running');
    await destination.journal('gated', 2);
    expect(await keep(destination, 'gated')).toEqual({ kept: 'committed' });
  });

  it('is not, when nothing has arrived', async () => {
    await expect(keep(destination, 'armedD')).rejects.toMatchObject({ code: 'nothing-to-keep' });
  });
});

describe('a source whose container died in the freeze', () => {
  /** What the driver writes last, and takes away before the service runs on. */
  const dumped = async () => {
    await mkdir(source.layout.dump(2), { recursive: true });
    await writeFile(join(source.layout.dump(2), 'manifest.txt'), '');
    await writeFile(join(source.layout.dump(2), '.circumstances'), JSON.stringify({ monotonicNs: '1', boottimeNs: '1', ipc: 'join' }));
  };
  const begins = async () => {
    await source.journal('frozen', 2);
    await source.restart('container');
  };

  it('proves with its question that a complete copy may be committed', async () => {
    await dumped();
    await destination.journal('gated', 2);
    records(destination, 'commit', 'running');
    await begins();
    await until(() => source.client.status(), ({ state }) => state === 'relaying');
    expect(await destination.client.status()).toMatchObject({ state: 'running' });
    expect(applications(source)).toBe(0);
  });

  it('has no proof when it may have run on since its dump: the copy is discarded', async () => {
    await destination.journal('gated', 2);
    records(destination, 'commit', 'running');
    await begins();
    await until(() => source.client.status(), ({ state, running }) => state === 'running' && running);
    expect(destination.calls).not.toContain('driver commit');
    expect(await destination.client.status()).toMatchObject({ state: 'discarded' });
  });

  it('takes the service back when the copy cannot be committed', async () => {
    await dumped();
    await destination.journal('gated', 2);
    destination.driver.set('commit', () => Promise.resolve({ ok: false, code: 'journal', message: 'the disk is full' }));
    records(source, 'restore-own', 'running');
    await begins();
    await until(() => source.client.status(), ({ state, running }) => state === 'running' && running);
    expect(await destination.client.status()).toMatchObject({ state: 'discarded' });
  });

  it('goes on from its final dump when the destination has no copy, behind the fence until then', async () => {
    await dumped();
    records(source, 'restore-own', 'running');
    await begins();
    await until(() => source.client.status(), ({ state }) => state === 'running');
    expect(applications(source)).toBe(0);
    const order = ['fence', 'sandbox adopt', 'driver destination', 'driver restore-own'].map((call) => source.calls.indexOf(call));
    expect(order).toEqual([...order].sort((one, other) => one - other));
    expect(order).not.toContain(-1);
  });

  const fails = (code: string) =>
    source.driver.set('restore-own', () => {
      source.driversDie();
      return Promise.resolve({ ok: false, code, message: 'CRIU could not' });
    });

  it('begins afresh when that dump is damaged', async () => {
    await dumped();
    fails('no-dump');
    await begins();
    await until(() => source.client.status(), ({ state, running }) => state === 'running' && running);
    expect(applications(source)).toBe(1);
    expect(source.calls).toContain('unfence');
  });

  it('keeps a dump that it could not restore, and begins afresh only when people decide that who know of it', async () => {
    await dumped();
    fails('restore-failed');
    await begins();
    await until(() => source.client.status(), ({ dumpUnusable }) => dumpUnusable === true);
    expect(source.calls.indexOf('init none')).toBeGreaterThanOrEqual(0);
    expect(source.calls.indexOf('init none')).toBeLessThan(source.calls.indexOf('sandbox destroyed'));
    await expect(keep(source, 'frozen', { asks: true })).rejects.toMatchObject({ code: 'not-restored', recovery: 'refuse' });
    expect(await source.client.status()).toMatchObject({ state: 'frozen', asks: true, running: false });
    await access(join(source.layout.dump(2), 'manifest.txt'));
    expect(applications(source)).toBe(0);
    expect(await keep(source, 'frozen', { asks: true, afresh: true })).toEqual({ kept: 'afresh' });
    expect(applications(source)).toBe(1);
  });

  it('is asked again by an engine that begins in the middle of the restore, and nothing is taken away under it', async () => {
    await dumped();
    source.driver.set('restore-own', () => new Promise(() => undefined));
    await begins();
    await until(() => Promise.resolve(source.calls), (calls) => calls.includes('driver restore-own'));
    records(source, 'restore-own', 'running');
    await source.restart('engine');
    await until(() => source.client.status(), ({ state, asks }) => state === 'running' && !asks);
    expect(source.calls).toContain('driver restore-own');
    expect(source.calls).not.toContain('sandbox destroyed');
    expect(applications(source)).toBe(0);
  });

  it('stays what its driver recorded before it died, and is thawed by the next', async () => {
    await dumped();
    source.driver.set('restore-own', async () => {
      await mkdir(source.freezer, { recursive: true });
      await writeFile(join(source.freezer, 'freezer.state'), 'FROZEN');
      await source.journal('running', 2);
      source.driversDie();
      return { ok: false, code: 'driver-gone', message: 'it ended while it was asked' };
    });
    await begins();
    await until(() => Promise.resolve(source.calls), (calls) => calls.includes('driver destination again'));
    expect(source.calls).not.toContain('sandbox destroyed');
    expect(await source.client.status()).toMatchObject({ state: 'running', running: true });
    expect(applications(source)).toBe(0);
  });
});
