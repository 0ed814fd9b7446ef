import { expect, test } from '@jest/globals';
import type { DockerContext } from '../../../clients/orchestrators/docker/context';
import { hostFacts } from '../../../clients/orchestrators/docker/host';
import { outerLabels } from '../../../clients/orchestrators/docker/labels';
import type { EngineClient } from '../../../domain/engine';
import type { OuterContainer } from '../../../domain/orchestrator';
import { host, spec } from '../../fakes/facts';

const gib = 1024 ** 3;
const probed = ['x86_64', '6.8.0', 'flags : fpu', `MemAvailable: ${(8 * gib) / 1024} kB`, 'header\n/dev/vda1 1 1 1 1% /', 'Version: 4.2', 'tcp', 'udp'].join('\n----carryon----\n');

/** A daemon with one outer container for each limit. */
function daemon(...limits: (number | undefined)[]) {
  const outers = limits.map((memoryBytes, index) => ({
    Id: String(index),
    Labels: outerLabels('edge', spec({ id: `service-${index}`, ...(memoryBytes && { memoryBytes }) }), { api: 1, handoff: 2, tunnel: 3 }),
    State: 'running',
    Status: 'Up',
    Created: 0,
  }));
  const nothing = () => Promise.resolve();
  const probe = { start: nothing, wait: nothing, remove: nothing, logs: () => Promise.resolve(Buffer.from(probed)) };
  const docker = { listContainers: () => Promise.resolve(outers), createContainer: () => Promise.resolve(probe) };
  return { docker, config: { id: 'edge', reach: { host: 'h' } }, image: 'carryon-runtime' } as unknown as DockerContext;
}

const engine = ({ spec: { memoryBytes } }: OuterContainer) =>
  ({ status: () => Promise.resolve({ host: host({ freeMemoryBytes: memoryBytes ?? 7 * gib, criuVersion: 'asked' }) }) }) as unknown as EngineClient;

test("a small service's limit does not count as the host's free memory", async () => {
  expect(await hostFacts(daemon(gib), engine)).toMatchObject({ freeMemoryBytes: 8 * gib, criuVersion: 'asked' });
});

test('an engine without a limit is believed, whatever others there are', async () => {
  expect(await hostFacts(daemon(gib, undefined), engine)).toMatchObject({ freeMemoryBytes: 7 * gib });
});

test('without any engine the probe tells all', async () => {
  expect(await hostFacts(daemon(), engine)).toMatchObject({ freeMemoryBytes: 8 * gib, criuVersion: '4.2', criuFeatures: [] });
});
