import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { UnavailableError } from '../../../domain/errors';
import type { Ticket } from '../../../domain/migration';
import type { JournalState } from '../../../domain/service';
import type { DriverAnswer } from '../../../engine/migration/control-socket';
import { ticketFiles } from '../../../engine/migration/tickets';
import { ticketBetween, until, type PlayedEngine } from './two-engines';
import { prepareBoth, usePair } from './use-pair';

let source: PlayedEngine;
let destination: PlayedEngine;
let service: string;
let ticket: Ticket;
const prepare = usePair((pair) => ({ source, destination, service, ticket } = pair));

describe('a container that was restarted in the middle of a handoff', () => {
  beforeEach(() => prepareBoth(source, destination, ticket));

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

describe('a driver that dies after the commit', () => {
  beforeEach(() => prepareBoth(source, destination, ticket));
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
