import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/await';
import { addressOf, docker, withoutDaemon } from '../support/clusters';
import { expectOneCopy } from '../support/copies';
import { carryonPids } from '../support/engine-process';
import { expectUnharmedAndAlive } from '../support/expectations';
import { firstProcess, killContainer } from '../support/kill-container';
import { memoryChecksum } from '../support/load/checksum';
import { NumbersLoad } from '../support/load/numbers';
import { startService } from '../support/services';
import { minutes } from '../support/settings';
import { carryon } from '../support/shared';
import { SlowDriver } from '../support/slow-driver';

/** Another one for each test: a migration that goes on must not be in the way of the next. */
let name = '';
let number = 0;
const port = 9011;
const refused = 3;
const needsHuman = 5;
const resumed = 7;
/** Pages come so slowly that they are owed as long as it matters. */
const slowPages = 'pages-kept=fail,pages=delay:2000';

const start = () => startService(carryon, { name, image: 'carryon-workload-native', command: ['/bin/counting', '32', '10'], hostPort: port, containerPort: 8080 });

/** Its memory is another one after each start: the same one was neither begun afresh nor lost. */
const memoryAt = (cluster: string) => eventually(`the memory at ${cluster}`, () => memoryChecksum(addressOf(cluster), port));

const journalOf = async (cluster: string) => (await carryon.sightings(name)).find((sighting) => sighting.cluster === cluster)?.journal;
const reaches = (cluster: string, state: string) => eventually(`${state} at ${cluster}`, async () => (await journalOf(cluster)) === state);
const resolve = async (...args: string[]) => {
  const { exitCode, stdout, stderr } = await carryon.cli('resolve', name, ...args, '--json');
  return { exitCode, answer: JSON.parse(exitCode === 0 ? stdout : stderr) as { kept?: string; cluster?: string; message?: string; error?: { code: string; message: string } } };
};

beforeEach(() => {
  name = `e2e-loss-${(number += 1)}`;
});
afterEach(() => carryon.remove(name), minutes(1));

describe('a source in doubt, whose destination is silent', () => {
  it('goes on with its connections when a human says that the destination is lost, and only then', async () => {
    const load = await NumbersLoad.start({ ...(await start()), connections: 2 });
    await (await SlowDriver.at('edge', name)).spoil('commit=fail');
    const end = carryon.tryToMigrate(name, { to: 'cloud', strategy: 'post-copy' });
    await reaches('edge', 'handedOff');
    expect(await resolve('--keep', 'source')).toMatchObject({ exitCode: refused, answer: { error: { code: 'other-copy' } } });
    expect(await resolve('--keep', 'source', '--force-lost', 'cloud')).toMatchObject({ exitCode: refused, answer: { error: { code: 'not-lost' } } });
    // Its driver would else discard at its deadline, and say so.
    const stopped = await carryonPids('cloud', name);
    for (const pid of stopped) process.kill(pid, 'SIGSTOP');
    try {
      // Its container runs, as its coordinator knows: that is not lost.
      expect(await resolve('--keep', 'source')).toMatchObject({ exitCode: refused, answer: { error: { code: 'engine-silent' } } });
      expect(await resolve('--keep', 'source', '--force-lost', 'cloud')).toMatchObject({ exitCode: refused, answer: { error: { code: 'not-lost' } } });
      expect(await journalOf('edge')).toBe('handedOff');
      await withoutDaemon('cloud', async () => {
        expect(await resolve('--keep', 'source')).toMatchObject({ exitCode: refused, answer: { error: { code: 'cluster-silent' } } });
        expect(await resolve('--keep', 'source', '--force-lost', 'cloud')).toMatchObject({ exitCode: 0, answer: { kept: 'resumed', cluster: 'edge' } });
        await expectUnharmedAndAlive(load);
        expect(await resolve('--keep', 'source', '--force-lost', 'cloud')).toMatchObject({ exitCode: 0, answer: { kept: 'already', cluster: 'edge' } });
      });
    } finally {
      for (const pid of stopped) process.kill(pid, 'SIGCONT');
      await load.finish();
    }
    expect((await end).outcome).toBe('rolled-back');
    expect(await expectOneCopy(carryon, name)).toBe('edge');
  }, minutes(4));
});

describe('a destination that is removed while pages are owed to it', () => {
  beforeEach(async () => {
    await start();
  }, minutes(1));

  /** Migrates there and removes the outer container; resolves with the end, and with what its memory was before. */
  const migrateIntoTheVoid = async (onLoss: 'keep-frozen' | 'resume-frozen') => {
    await carryon.migrate(name, { to: 'cloud', relayFor: '5m' });
    await (await SlowDriver.at('edge', name)).spoil(slowPages);
    const before = await memoryAt('cloud');
    const end = carryon.tryToMigrate(name, { to: 'edge', strategy: 'post-copy', onLoss });
    await reaches('cloud', 'owing');
    await docker('edge', 'rm', '--force', name);
    return { before, end: await end };
  };

  it('resumes the source by itself when that was asked for, says what is lost, and can come back to the place of the loss', async () => {
    const { before, end } = await migrateIntoTheVoid('resume-frozen');
    expect(end).toMatchObject({ outcome: 'resumed', exitCode: resumed, report: { reason: expect.stringContaining('is lost') } });
    expect(await expectOneCopy(carryon, name)).toBe('cloud');
    expect(await memoryAt('cloud')).toBe(before);
    expect((await carryon.migrate(name, { to: 'edge' })).outcome).toBe('committed');
    expect(await expectOneCopy(carryon, name)).toBe('edge');
    expect(await memoryAt('edge')).toBe(before);
  }, minutes(4));

  it('leaves the source frozen for a human else, who resumes it with `carryon resolve`', async () => {
    const { before, end } = await migrateIntoTheVoid('keep-frozen');
    expect(end).toMatchObject({ outcome: 'needs-human', exitCode: needsHuman, next: expect.stringContaining(`carryon resolve ${name} --keep source`) });
    expect(await journalOf('cloud')).toBe('owing');
    expect(await resolve('--keep', 'source')).toMatchObject({ exitCode: 0, answer: { kept: 'taken-back', cluster: 'cloud', message: expect.stringContaining('is lost') } });
    expect(await memoryAt('cloud')).toBe(before);
    expect(await resolve('--keep', 'source')).toMatchObject({ exitCode: 0, answer: { kept: 'already', cluster: 'cloud' } });
    expect(await expectOneCopy(carryon, name)).toBe('cloud');
  }, minutes(4));
});

describe('a source whose outer container is killed in the freeze of a stop-and-copy', () => {
  it('after the restore: the copy at the destination is committed by that proof, with its memory', async () => {
    await start();
    const before = await memoryAt('edge');
    const driver = await SlowDriver.at('edge', name);
    const first = await firstProcess('edge', name);
    await driver.pauseAt('journal-handedOff');
    const end = carryon.tryToMigrate(name, { to: 'cloud', strategy: 'stop-and-copy' });
    await eventually('the commit', () => driver.paused('journal-handedOff'), 60_000);
    await killContainer('edge', first);
    expect(await end).toMatchObject({ outcome: 'committed', exitCode: 0, report: { reason: expect.stringContaining('died while') } });
    expect(await carryon.sightings(name)).toEqual([expect.objectContaining({ cluster: 'cloud', journal: 'running' })]);
    expect(await memoryAt('cloud')).toBe(before);
  }, minutes(4));
});
