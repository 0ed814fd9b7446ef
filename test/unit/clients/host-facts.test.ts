import { expect, test } from '@jest/globals';
import { hostFacts } from '../../../clients/orchestrators/host-facts';
import { parseProbe } from '../../../clients/orchestrators/host-probe';
import type { EngineClient } from '../../../domain/engine';
import type { OuterContainer } from '../../../domain/orchestrator';
import { host, spec } from '../../fakes/facts';

const gib = 1024 ** 3;
const probe = () => Promise.resolve(parseProbe(probed, 'edge'));
const probed = ['x86_64', '6.8.0', 'flags : fpu', `MemAvailable: ${(8 * gib) / 1024} kB`, 'header\n/dev/vda1 1 1 1 1% /', 'Version: 4.2', 'tcp', 'udp'].join('\n----carryon----\n');

/** One outer container for each limit. */
const outers = (...limits: (number | undefined)[]) => limits.map((memoryBytes) => ({ running: true, spec: spec({ ...(memoryBytes && { memoryBytes }) }) }) as OuterContainer);

const engine = ({ spec: { memoryBytes } }: OuterContainer) =>
  ({ status: () => Promise.resolve({ host: host({ freeMemoryBytes: memoryBytes ?? 7 * gib, criuVersion: 'asked' }) }) }) as unknown as EngineClient;

test("a small service's limit does not count as the host's free memory", async () => {
  expect(await hostFacts(outers(gib), engine, probe)).toMatchObject({ freeMemoryBytes: 8 * gib, criuVersion: 'asked' });
});

test('an engine without a limit is believed, whatever others there are', async () => {
  expect(await hostFacts(outers(gib, undefined), engine, probe)).toMatchObject({ freeMemoryBytes: 7 * gib });
});

test('without any engine the probe tells all', async () => {
  expect(await hostFacts(outers(), engine, probe)).toMatchObject({ freeMemoryBytes: 8 * gib, criuVersion: '4.2', criuFeatures: [] });
});
