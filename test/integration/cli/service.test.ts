import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { runCli } from '../../unit/cli/run-cli';
import { testCluster } from '../docker/test-cluster';
import { firstPort } from '../worker';

// Needs the Docker daemon of this machine, and the runtime image in it (scripts/images.sh).
jest.setTimeout(60_000);
const cluster = testCluster();
afterAll(() => cluster.clean());

const carryon = (...args: string[]) => runCli(args, { directory: cluster.directory, env: { SECRET: 'hunter2' } });
const name = `${cluster.id}-app`;
const volume = `${cluster.id}-data`;
const port = firstPort + 60;
const minute = 60_000;

describe('a service, from run to rm', () => {
  test('run starts it and tells where', async () => {
    const script = 'echo "value $VALUE"; echo trouble >&2; echo $SECRET > /data/secret; exec sleep 1000';
    const { code, stdout, stderr } = await carryon('run', '--cluster', cluster.id, '--name', name, '-p', `${port}:80`, '-e', 'VALUE=7', '-e', 'SECRET', '-v', `${volume}:/data`, '--memory', '128m', 'debian:trixie-slim', 'sh', '-c', script);
    expect(stderr).not.toContain('error');
    expect(code).toBe(0);
    expect(stdout).toContain(`${name} runs on ${cluster.id}`);
  }, 3 * minute);

  test('ps lists it as running', async () => {
    const { code, stdout } = await carryon('ps', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual([expect.objectContaining({ name, cluster: cluster.id, state: 'running', journal: 'running', ports: [{ host: port, container: 80, protocol: 'tcp' }] })]);
    expect((await carryon('ps')).stdout).toMatch(new RegExp(`^${name} +${cluster.id} +running `, 'm'));
  });

  test('its environment is nowhere in what the daemon shows', async () => {
    const outer = await cluster.orchestrator.find(name);
    expect(JSON.stringify(await cluster.docker.getContainer(outer?.id ?? '').inspect())).not.toContain('hunter2');
  });

  test('logs keeps its two streams apart', async () => {
    const { code, stdout, stderr } = await carryon('logs', name);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'value 7\n', stderr: 'trouble\n' });
    expect((await carryon('logs', '--tail', '1', '--json', name)).stdout.trim().split('\n')).toHaveLength(1);
  });

  test('exec runs beside it, with its environment and its volume, and ends with its code', async () => {
    const shown = await carryon('exec', name, 'sh', '-c', 'cat /data/secret; echo $VALUE; echo bad >&2; exit 3');
    expect(shown).toEqual({ code: 3, stdout: 'hunter2\n7\n', stderr: 'bad\n' });
    const json = await carryon('exec', '--json', name, 'cat', '/data/secret');
    expect(JSON.parse(json.stdout)).toEqual({ exitCode: 0, stdout: 'hunter2\n', stderr: '' });
  });

  test('its name is not given twice, and it is not removed while it runs', async () => {
    const twice = await carryon('run', '--cluster', cluster.id, '--name', name, 'debian:trixie-slim', 'true');
    expect(twice.code).toBe(3);
    expect(twice.stderr).toContain('name-taken');
    const removed = await carryon('rm', name);
    expect(removed.code).toBe(3);
    expect(removed.stderr).toContain('service-needed');
  });

  test('stop ends it; it is still listed, with its exit code', async () => {
    expect((await carryon('stop', '--time', '2s', name)).code).toBe(0);
    const { stdout } = await carryon('ps', '--json');
    expect(JSON.parse(stdout)).toEqual([expect.objectContaining({ name, state: expect.stringMatching(/^exited \(\d+\)$/) })]);
  });

  test('rm --volumes takes all of it away', async () => {
    expect((await carryon('rm', '--volumes', name)).code).toBe(0);
    expect(JSON.parse((await carryon('ps', '--json')).stdout)).toEqual([]);
    await expect(cluster.docker.getVolume(volume).inspect()).rejects.toMatchObject({ statusCode: 404 });
  });
});

describe('a service that cannot start', () => {
  test('is refused before anything is made when its image is not there', async () => {
    const { code, stderr } = await carryon('run', '--cluster', cluster.id, '--name', name, 'nobody/has:this');
    expect(code).toBe(3);
    expect(stderr).toContain('image-missing');
    expect(await cluster.orchestrator.list()).toEqual([]);
  });

  test('leaves nothing behind', async () => {
    const { code, stderr } = await carryon('run', '--cluster', cluster.id, '--name', name, '-u', `nobody-${randomBytes(2).toString('hex')}`, 'debian:trixie-slim', 'true');
    expect(code).not.toBe(0);
    expect(stderr).toContain('error: ');
    expect(await cluster.orchestrator.list()).toEqual([]);
    const volumes = await cluster.docker.listVolumes({ filters: { label: [`io.carryon.cluster=${cluster.id}`] } });
    expect(volumes.Volumes ?? []).toEqual([]);
  }, 3 * minute);
});

test('an unknown cluster or service is told with what there is', async () => {
  expect(await carryon('ps', '--cluster', 'moon')).toMatchObject({ code: 2, stderr: expect.stringContaining(`Clusters: ${cluster.id}`) });
  expect(await carryon('logs', 'nobody')).toMatchObject({ code: 3, stderr: expect.stringContaining('service-not-found') });
});
