import { randomUUID } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { DriverVerb } from '../../../domain/engine';
import type { Strategy, Ticket } from '../../../domain/migration';
import { CountingClient } from './counting-client';
import { buildRuntime, Outer, ticketOf } from './outer-containers';
import { until } from './two-engines';

jest.setTimeout(240_000);
beforeAll(buildRuntime, 600_000);

const port = 8080;
let edge: Outer;
let cloud: Outer;
let client: CountingClient;

beforeEach(async () => {
  const service = randomUUID();
  [edge, cloud] = await Promise.all([Outer.run('edge', service), Outer.run('cloud', service)]);
  await edge.start();
  await until(() => edge.client.status(), ({ running }) => running);
  client = await CountingClient.connect(edge.address, port);
});
afterEach(async () => {
  client.end();
  await Promise.all([edge.remove(), cloud.remove()]);
});

async function prepared(from: Outer, to: Outer, strategy: Strategy): Promise<Ticket> {
  const ticket = await ticketOf(from, to, strategy);
  await from.client.prepare({ ticket, role: 'source' });
  await to.client.prepare({ ticket, role: 'destination' });
  await from.client.sync();
  return ticket;
}

const verbs: Record<Strategy, DriverVerb[]> = { 'post-copy': ['handoff'], 'stop-and-copy': ['freeze', 'final-dump', 'transfer', 'restore', 'commit'] };

async function move(from: Outer, to: Outer, strategy: Strategy): Promise<Ticket> {
  const ticket = await prepared(from, to, strategy);
  try {
    for (const verb of verbs[strategy]) await from.client.step(verb);
    await from.client.step('finish');
  } catch (error) {
    console.error(await from.engineLog(), await to.engineLog());
    throw error;
  }
  return ticket;
}

const stillCounts = async () => {
  const before = client.numbers().length;
  await until(() => Promise.resolve(client.numbers().length), (now) => now > before + 20);
  expect(client.broken).toBeUndefined();
  expect(client.breaks()).toEqual([]);
};

const logged = async (outer: Outer) => (await outer.log()).map((line) => Number(/ stdout F (\d+)$/.exec(line)?.[1]));

async function checksum(outer: Outer): Promise<string> {
  const asking = await CountingClient.connect(outer.address, port, 'S');
  const sum = await until(() => Promise.resolve(asking.received), (text) => text.endsWith('\n'));
  asking.end();
  return sum;
}

async function run(outer: Outer, ...command: string[]): Promise<string> {
  const stdout = new PassThrough();
  await outer.client.exec({ command }, { stdout, stderr: new PassThrough() });
  return String(stdout.read() ?? '');
}

describe.each<Strategy>(['post-copy', 'stop-and-copy'])('a migration by %s', (strategy) => {
  it('moves memory, files, log and an open connection; nothing is missing and nothing is there twice', async () => {
    await run(edge, 'sh', '-c', 'echo kept >/tmp/file');
    const memory = await checksum(edge);
    await pause(500);
    await move(edge, cloud, strategy);
    await stillCounts();
    expect(await checksum(cloud)).toBe(memory);
    expect(await run(cloud, 'cat', '/tmp/file')).toBe('kept\n');
    expect(await edge.client.status()).toMatchObject({ state: 'relaying', running: false, relayedConnections: 1 });
    expect(await cloud.client.status()).toMatchObject({ state: 'running', epoch: 2, running: true });
    const lines = await logged(cloud);
    expect(lines).toEqual(lines.map((_, i) => i));
  });
});

describe('after a migration', () => {
  it('the arrived application ends its new container with its exit code', async () => {
    await move(edge, cloud, 'post-copy');
    client.end();
    await cloud.client.stop(5_000);
    await until(() => cloud.inspect('{{.State.Status}} {{.State.ExitCode}}'), (text) => text === 'exited 143', 20_000);
    expect(await edge.inspect('{{.State.Status}}')).toBe('running');
  });

  it('the service can go home again, with the same connection', async () => {
    await move(edge, cloud, 'post-copy');
    await stillCounts();
    await move(cloud, edge, 'post-copy');
    await stillCounts();
    expect(await edge.client.status()).toMatchObject({ state: 'running', epoch: 3, running: true });
    expect(await cloud.client.status()).toMatchObject({ state: 'relaying', running: false });
  });

  it('the relay ends when it is told to, and only for its epoch', async () => {
    const ticket = await move(edge, cloud, 'post-copy');
    await expect(edge.client.endRelay(ticket.epoch - 1)).rejects.toMatchObject({ code: 'not-relaying' });
    await edge.client.endRelay(ticket.epoch);
    expect(await edge.client.status()).toMatchObject({ state: 'retired', relayedConnections: 0 });
    expect(await edge.sh('ls /run/carryon/netns 2>/dev/null; ip -o link show type vxlan')).toBe('');
  });

  it('a killed engine finds its side again, relay or service', async () => {
    await move(edge, cloud, 'post-copy');
    await Promise.all([edge.killEngine(), cloud.killEngine()]);
    await until(() => edge.client.status(), ({ state }) => state === 'relaying', 20_000);
    await until(() => cloud.client.status(), ({ running }) => running, 20_000);
    await stillCounts();
  });
});

describe('programs beside the application', () => {
  const beside = async () => {
    const running = edge.client.exec({ command: ['sleep', '1000'] }, { stdout: new PassThrough(), stderr: new PassThrough() });
    running.catch(() => undefined);
    await until(() => edge.client.inspect(), ({ execSessions }) => execSessions.length > 0);
  };

  it('keep a migration from starting when that is asked for, and the service goes on', async () => {
    await beside();
    await prepared(edge, cloud, 'post-copy');
    await expect(edge.client.step('handoff')).rejects.toMatchObject({ code: 'exec-sessions', recovery: 'refuse', message: expect.stringContaining('sleep') });
    await stillCounts();
  });

  it('are ended when that is asked for', async () => {
    await beside();
    const ticket: Ticket = { ...(await ticketOf(edge, cloud, 'post-copy')), execSessions: 'end' };
    await edge.client.prepare({ ticket, role: 'source' });
    await cloud.client.prepare({ ticket, role: 'destination' });
    await edge.client.step('handoff');
    await edge.client.step('finish');
    await stillCounts();
  });
});

describe('a migration that is given up', () => {
  it('leaves the service where it is, its connection whole, and the destination empty', async () => {
    await prepared(edge, cloud, 'post-copy');
    await edge.client.step('abort');
    await cloud.client.step('discard');
    await stillCounts();
    expect(await edge.client.status()).toMatchObject({ state: 'running', running: true });
    expect(await cloud.client.status()).toMatchObject({ state: 'discarded', running: false });
    expect(await cloud.sh('ls -d /run/carryon/netns/* /run/carryon/handoff/*/ 2>/dev/null; ip -o link show type vxlan; mount | grep /run/carryon/rootfs || true')).toBe('');
  });

  it('while it is frozen resumes the service with its connection', async () => {
    await prepared(edge, cloud, 'stop-and-copy');
    await edge.client.step('freeze');
    expect(await edge.client.status()).toMatchObject({ state: 'frozen' });
    await edge.client.step('abort');
    await stillCounts();
    await cloud.client.step('discard');
  });

  it('can be followed by one that succeeds', async () => {
    await prepared(edge, cloud, 'post-copy');
    await edge.client.step('abort');
    await cloud.client.step('discard');
    await move(edge, cloud, 'post-copy');
    await stillCounts();
    expect(await cloud.client.status()).toMatchObject({ state: 'running', epoch: 3 });
  });
});

describe('an engine that is killed while a migration goes on', () => {
  it('finds the prepared migration again on both sides', async () => {
    await prepared(edge, cloud, 'post-copy');
    await Promise.all([edge.killEngine(), cloud.killEngine()]);
    await until(() => cloud.client.status(), ({ state }) => state === 'armedD', 20_000);
    await until(() => edge.client.step('handoff'), ({ state }) => state !== 'armedS', 20_000);
    await edge.client.step('finish');
    await stillCounts();
  });

  it('while the service is frozen lets the driver go on, and aborts when told to', async () => {
    await prepared(edge, cloud, 'stop-and-copy');
    await edge.client.step('freeze');
    await edge.killEngine();
    await until(() => edge.client.step('abort'), ({ state }) => state === 'running', 20_000);
    await stillCounts();
  });
});

describe('a driver that is killed while pages are owed', () => {
  it('is started again at the source, and the rest of the memory follows', async () => {
    const slow = await Outer.run('slow', edge.service, { faults: 'pages-kept=fail,pages=delay:200' });
    try {
      const memory = await checksum(edge);
      await prepared(edge, slow, 'post-copy');
      await edge.client.step('handoff');
      await edge.killDriver();
      expect(await edge.client.status()).toMatchObject({ state: 'owing' });
      expect(await edge.client.step('finish')).toMatchObject({ state: 'relaying' });
      await stillCounts();
      expect(await checksum(slow)).toBe(memory);
    } finally {
      await slow.remove();
    }
  });
});

describe('a container that is killed in the middle of a handoff', () => {
  it('starts its service again only when the destination has discarded', async () => {
    await prepared(edge, cloud, 'stop-and-copy');
    await edge.client.step('freeze');
    await edge.kill();
    await edge.startAgain();
    await until(() => edge.client.status(), ({ state, running }) => state === 'running' && running, 30_000);
    expect(await cloud.client.status()).toMatchObject({ state: 'discarded', running: false });
  });
});
