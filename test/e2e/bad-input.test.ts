import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Carryon } from './support/carryon';
import { expectOneCopy } from './support/copies';
import { expectUnharmed, expectUnharmedAndAlive } from './support/expectations';
import { NumbersLoad } from './support/load/numbers';
import { startService } from './support/services';
import { minutes } from './support/settings';
import { carryon } from './support/shared';

const name = 'e2e-input';
const usage = 2;
const refused = 3;
let load: NumbersLoad;
let epoch: number | undefined;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'carryon-input-'));
  const place = await startService(carryon, { name, image: 'carryon-workload-native', command: ['/bin/counting', '16', '10'], hostPort: 9008, containerPort: 8080 });
  load = await NumbersLoad.start({ ...place, connections: 2 });
  epoch = (await carryon.sightings(name))[0]?.epoch;
  expect(epoch).toBeDefined();
}, minutes(3));

afterAll(async () => {
  await load.finish();
  await carryon.remove(name);
  await rm(directory, { recursive: true });
}, minutes(1));

describe('bad input', () => {
  it.each([
    ['no service', ['migrate', '--to', 'cloud'], usage, /service/],
    ['a service that is not there', ['migrate', 'nobody', '--to', 'cloud'], refused, /nobody/],
    ['no destination', ['migrate', name], usage, /--to/],
    ['an unknown destination', ['migrate', name, '--to', 'moon'], [usage, refused], /moon/],
    ['the cluster that it is on already', ['migrate', name, '--to', 'edge'], refused, /edge/],
    ['an unknown strategy', ['migrate', name, '--to', 'cloud', '--strategy', 'magic'], usage, /stop-and-copy/],
    ['a downtime that is no time', ['migrate', name, '--to', 'cloud', '--max-downtime', 'soon'], usage, /--max-downtime/],
    ['an unknown command', ['teleport', name], usage, /teleport/],
    ['an image that is not there', ['run', '--cluster', 'edge', '--name', 'e2e-none', 'no-such-image'], refused, /no-such-image/],
    ['a name that is taken', ['run', '--cluster', 'cloud', '--name', name, 'carryon-workload-native'], refused, /edge/],
    ['a port that is taken', ['run', '--cluster', 'edge', '--name', 'e2e-taken', '-p', '9008:8080', 'carryon-workload-native'], refused, /9008/],
    ['a port that is none', ['run', '--cluster', 'edge', '--name', 'e2e-none', '-p', '99999:8080', 'carryon-workload-native'], usage, /99999/],
    ['an unknown cluster', ['run', '--cluster', 'moon', '--name', 'e2e-none', 'carryon-workload-native'], usage, /edge/],
  ] as const)('%s is refused in words, and the service does not notice', async (_, args, exitCode, message) => {
    const before = await load.check();
    const result = await carryon.cli(...args);
    expect([exitCode].flat()).toContain(result.exitCode);
    expect(result.stderr).toMatch(message);
    expect(result.stderr).not.toMatch(/^\s+at .*\(.*:\d+:\d+\)$/m);
    const after = await load.check();
    expectUnharmed(after);
    expect(after.acknowledged).toBeGreaterThan(before.acknowledged);
  }, minutes(1));

  it.each([
    ['is not there', undefined, /carryon init/],
    ['is no YAML', 'clusters: [', /:\d+:\d+/],
    ['has no clusters', 'clusters: []\n', /clusters/],
    ['has a field that carryon does not know', 'clusters:\n  - id: edge\n    reach: {host: 10.77.0.2}\n    colour: blue\n', /colour/],
  ])('a configuration that %s is refused with what to do', async (_, text, message) => {
    const file = path.join(directory, 'carryon.yaml');
    await rm(file, { force: true });
    if (text !== undefined) await writeFile(file, text);
    const result = await new Carryon(file, []).cli('ps');
    expect(result.exitCode).toBe(usage);
    expect(result.stderr).toMatch(message);
  }, minutes(1));

  it('leaves the one copy where it was, with all its connections', async () => {
    expect(await expectOneCopy(carryon, name)).toBe('edge');
    // Never armed, so never frozen either.
    expect(await carryon.sightings(name)).toEqual([expect.objectContaining({ journal: 'running', epoch })]);
    expect(await carryon.sightings('e2e-none')).toHaveLength(0);
    expect(await carryon.sightings('e2e-taken')).toHaveLength(0);
    await expectUnharmedAndAlive(load);
  }, minutes(1));
});
