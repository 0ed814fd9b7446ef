import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from './support/await';
import { expectOneCopy } from './support/copies';
import { expectCommitted, expectUnharmed, expectUnharmedAndAlive } from './support/expectations';
import { NumbersLoad } from './support/load/numbers';
import { startService } from './support/services';
import { minutes } from './support/settings';
import { carryon } from './support/shared';

const name = 'e2e-holders';
let load: NumbersLoad;

beforeAll(async () => {
  const place = await startService(carryon, { name, image: 'carryon-workload-native', command: ['/bin/counting', '512', '10'], hostPort: 9012, containerPort: 8080 });
  load = await NumbersLoad.start({ ...place, connections: 2 });
}, minutes(3));

afterAll(async () => {
  expectUnharmed(await load.finish());
  await carryon.remove(name);
}, minutes(1));

interface Held {
  journal?: string;
  epoch?: number;
  holder?: { kind: string; migration?: string; command?: string; epoch: number; peer?: string };
}
const heldAtEdge = async () => (await carryon.sightings(name)).find(({ cluster }) => cluster === 'edge') as Held | undefined;

describe('a service that a migration holds', () => {
  it('is refused to every command, which names the migration; the migration goes on', async () => {
    const end = carryon.migrate(name, { to: 'cloud', strategy: 'stop-and-copy' });
    const held = await eventually('the holder of the service', async () => {
      const seen = await heldAtEdge();
      return seen?.holder?.kind === 'migration' && seen;
    });
    expect(held).toMatchObject({ holder: { kind: 'migration', epoch: held.epoch, peer: 'cloud' } });
    const refused = await Promise.all([carryon.cli('exec', '--cluster', 'edge', name, 'id'), carryon.cli('rm', '--cluster', 'edge', name)]);
    for (const { exitCode, stderr } of refused) {
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 3 });
      expect(stderr).toMatch(/next: /);
    }
    expect(refused.some(({ stderr }) => stderr.includes(held.holder?.migration ?? '-'))).toBe(true);
    expectCommitted(await end, { to: 'cloud' });
    await expectUnharmedAndAlive(load);
  }, minutes(3));

  it('says how long post-copy was owed its memory', async () => {
    const report = await carryon.migrate(name, { to: 'edge', strategy: 'post-copy' });
    expectCommitted(report, { to: 'edge', strategy: 'post-copy' });
    expect(report.window?.ms).toBeGreaterThan(0);
    expect(report.window?.owedBytes).toBeGreaterThan(512 * 1024 ** 2);
    process.stdout.write(`window: ${JSON.stringify(report.window)}\n`);
  }, minutes(3));
});

describe('a service that a command holds', () => {
  it('is shown with the command, and a plan names the session', async () => {
    expect(await expectOneCopy(carryon, name)).toBe('edge');
    const session = carryon.cli('exec', name, 'sleep', '15');
    const held = await eventually('the session', async () => {
      const seen = await heldAtEdge();
      return seen?.holder?.kind === 'command' && seen;
    });
    expect(held.holder).toMatchObject({ command: 'exec', epoch: held.epoch });
    const plan = await carryon.cli('plan', name, '--to', 'cloud');
    expect(plan.stdout).toContain('exec-sessions');
    await session;
  }, minutes(1));

  it('is strict where it is asked to be: plan says what that costs', async () => {
    const { stdout, exitCode } = await carryon.cli('plan', name, '--to', 'cloud', '--safety', 'strict');
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/stop-and-copy[^]*strict safety \(asked for\)[^]*that is what it costs/) as unknown });
    expect((await carryon.cli('plan', name, '--to', 'cloud', '--safety', 'strict', '--strategy', 'post-copy')).exitCode).toBe(3);
  }, minutes(1));
});
