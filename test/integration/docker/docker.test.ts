import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import type { OuterSpec } from '../../../domain/service';
import { firstPort } from '../worker';
import { engineRange, testCluster } from './test-cluster';

// Needs the Docker daemon of this machine, and the runtime image in it (scripts/images.sh).
jest.setTimeout(60_000);
const cluster = testCluster();
const { docker, orchestrator } = cluster;
afterAll(() => cluster.clean());

const spec = (name: string, extra: Partial<OuterSpec> = {}): OuterSpec => {
  const id = randomUUID();
  return { id, name: `${cluster.id}-${name}`, image: 'debian:trixie-slim', ports: [], volumes: [], restart: 'no', ...extra };
};
const minute = 60_000;

describe('an outer container', () => {
  const port = firstPort + 60;
  const wanted = spec('one', { ports: [{ host: port, container: 80, protocol: 'tcp' }], memoryBytes: 64 * 1024 ** 2, restart: 'unless-stopped' });

  test('is made with a certificate and an engine that answers; asking again finds it', async () => {
    const [first, second] = [await orchestrator.deploy(wanted), await orchestrator.deploy(wanted)];
    expect(second.id).toBe(first.id);
    expect(first.reach.apiPort).toBeGreaterThanOrEqual(engineRange.first);
    expect(first.spec).toEqual(wanted);
    const status = await orchestrator.engine(first).status();
    expect(status).toMatchObject({ cluster: cluster.id, state: 'absent', epoch: 0 });
    expect(status.tunnelKey).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  }, 2 * minute);

  test('is found by id and by name', async () => {
    expect((await orchestrator.find(wanted.id))?.service.name).toBe(wanted.name);
    expect((await orchestrator.find(wanted.name))?.service.id).toBe(wanted.id);
    expect(await orchestrator.find('nobody')).toBeUndefined();
  });

  test('keeps its ports when it was stopped, and its engine answers again', async () => {
    const before = await orchestrator.find(wanted.id);
    await orchestrator.stop(wanted.id, 5_000);
    expect((await orchestrator.find(wanted.id))?.running).toBe(false);
    const after = await orchestrator.deploy(wanted);
    expect(after.reach).toEqual(before?.reach);
    expect(after.running).toBe(true);
    await orchestrator.engine(after).status();
  }, 2 * minute);

  test('gets a new certificate when its own is damaged, and none when there is no need', async () => {
    expect(await orchestrator.renewCertificates()).toBe(0);
    const found = await orchestrator.find(wanted.id);
    const shell = await docker.getContainer(found?.id ?? '').exec({ Cmd: ['sh', '-c', 'echo broken > /var/lib/carryon/tls/cert.pem'] });
    const broken = await shell.start({ Detach: false });
    await new Promise((resolve) => broken.on('end', resolve).resume());
    expect(await orchestrator.renewCertificates()).toBe(1);
    expect(await orchestrator.renewCertificates()).toBe(0);
  });

  test('refuses its name, its ports and its volumes to another service', async () => {
    await expect(orchestrator.deploy({ ...spec('x'), name: wanted.name })).rejects.toMatchObject({ code: 'name-taken' });
    const taken = await orchestrator.deploy(spec('x', { ports: [{ host: port, container: 81, protocol: 'tcp' }] })).catch((error: unknown) => error);
    expect(taken).toMatchObject({ code: 'port-taken', message: expect.stringContaining(`${port}/tcp`) });
    const dataVolume = `${cluster.id}-data`;
    await docker.createVolume({ Name: dataVolume, Labels: { 'io.carryon.cluster': cluster.id } });
    await expect(orchestrator.deploy(spec('x', { volumes: [{ name: dataVolume, path: '/data' }] }))).rejects.toMatchObject({ code: 'volume-taken' });
  });

  test('leaves its volumes when it is removed, unless these are to go too', async () => {
    await orchestrator.remove(wanted.id, { volumes: false });
    expect(await orchestrator.find(wanted.id)).toBeUndefined();
    await docker.getVolume(`carryon-${wanted.id}`).inspect();
    await orchestrator.remove(wanted.id, { volumes: true });
    await expect(docker.getVolume(`carryon-${wanted.id}`).inspect()).rejects.toMatchObject({ statusCode: 404 });
    await orchestrator.remove(wanted.id, { volumes: true });
  });
});

test('a port that a process of the host listens at is seen, and refused by name to a service', async () => {
  const listener = await listening();
  const { port } = listener.address() as { port: number };
  try {
    expect(await orchestrator.portsInUse()).toContainEqual({ port, protocol: 'tcp', by: 'another process of the host' });
    const refused = orchestrator.deploy(spec('p', { ports: [{ host: port, container: 80, protocol: 'tcp' }] }));
    await expect(refused).rejects.toMatchObject({ code: 'port-taken' });
    expect(await orchestrator.list()).toEqual([]);
  } finally {
    listener.close();
  }
});

test('the facts of a host are known without any service on it', async () => {
  const host = await orchestrator.host();
  expect(host.cpuFlags.length).toBeGreaterThan(10);
  expect(host.criuVersion).toMatch(/^4\./);
  expect(host.freeMemoryBytes).toBeGreaterThan(0);
  expect(host.freeDiskBytes).toBeGreaterThan(0);
});

test('an image is exported as docker save does, and one that is not there is not', async () => {
  const image = await orchestrator.exportImage('debian:trixie-slim');
  expect(image?.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  let bytes = 0;
  for await (const chunk of image?.tar ?? []) bytes += (chunk as Buffer).length;
  expect(bytes).toBeGreaterThan(10_000_000);
  expect(await orchestrator.exportImage('nobody/has:this')).toBeUndefined();
});

test('a cluster without the runtime image, or without a daemon, says what to do', async () => {
  const bare = testCluster({ runtimeImage: 'nobody/has:this' });
  const dead = testCluster({ host: 'tcp://127.0.0.1:1' });
  try {
    await expect(bare.orchestrator.deploy(spec('x'))).rejects.toMatchObject({ code: 'runtime-image-missing', next: expect.stringContaining('scripts/images.sh') });
    await expect(dead.orchestrator.list()).rejects.toMatchObject({ code: 'docker-unreachable', recovery: 'retry' });
  } finally {
    await Promise.all([bare.clean(), dead.clean()]);
  }
});

const listening = () =>
  new Promise<Server>((resolve) => {
    const server = createServer().listen(0, () => resolve(server));
  });
