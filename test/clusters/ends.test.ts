import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../e2e/support/await';
import { addressOf, kubectl } from '../e2e/support/clusters';
import { expectCommitted } from '../e2e/support/expectations';
import { awaitPort, startService } from '../e2e/support/services';
import { minutes } from '../e2e/support/settings';
import { daemon, east } from './support/settings';
import { carryon } from './support/shared';

const name = 'ends';
const port = 30380;

afterEach(() => carryon.remove(name), minutes(1));

/** A Redis at a cluster of Kubernetes, where it came from Docker. */
async function arrived(restart: string): Promise<void> {
  await startService(carryon, { name, cluster: daemon, image: 'carryon-workload-redis', hostPort: port, containerPort: 6379, restart });
  expectCommitted(await carryon.migrate(name, { to: east }), { name, to: east });
}

const ask = (pod: string, field: string) => kubectl(east, 'get', 'pod', pod, '--output', `jsonpath={${field}}`);
/** The application's own process, wherever its container is. */
const kill = () => carryon.cli('exec', name, 'sh', '-c', 'kill -9 1001');

describe('a service that ends in Kubernetes', () => {
  it('comes back when it is one that is always started again, and its pod counts that', async () => {
    await arrived('always');
    await carryon.must('exec', name, 'redis-cli', 'SET', 'memory', 'only');
    expect(await ask('ends-0', '.status.containerStatuses[0].restartCount')).toBe('0');
    await kill();
    await eventually('the next start', async () => (await ask('ends-0', '.status.containerStatuses[0].restartCount')) === '1', minutes(1));
    expect(await ask('ends-0', '.status.containerStatuses[0].lastState.terminated.exitCode')).toBe('137');
    await awaitPort(addressOf(east), port);
    await eventually('an answer of the new one', async () => (await carryon.cli('exec', name, 'redis-cli', 'EXISTS', 'memory')).stdout.trim() === '0');
  }, minutes(3));

  it('is a pod that shows its end when it is one that may end', async () => {
    await arrived('no');
    expect(await ask('ends', '.spec.restartPolicy')).toBe('Never');
    await kill();
    await eventually('the end of the pod', async () => (await ask('ends', '.status.phase')) === 'Failed', minutes(1));
    expect(await ask('ends', '.status.containerStatuses[0].state.terminated.exitCode')).toBe('137');
    expect(await carryon.sightings(name)).toEqual(expect.arrayContaining([expect.objectContaining({ cluster: east, state: expect.stringContaining('exited') })]));
  }, minutes(3));

  it('can be stopped and started with its files, and a bare pod cannot: that is said', async () => {
    await arrived('unless-stopped');
    await carryon.must('stop', name, '--cluster', east);
    expect(await kubectl(east, 'get', 'pods', '--selector', 'carryon.io/role=outer', '--output', 'name')).toBe('');
    await carryon.must('start', name, '--cluster', east);
    await awaitPort(addressOf(east), port);
    await carryon.remove(name);
    await arrived('no');
    const { exitCode, stderr } = await carryon.cli('stop', name, '--cluster', east);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('restart policy');
  }, minutes(4));
});
