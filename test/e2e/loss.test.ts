import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from './support/await';
import { docker } from './support/clusters';
import { expectOneCopy } from './support/copies';
import { driverPid } from './support/engine-process';
import { firstProcess, killContainer } from './support/kill-container';
import { Torn } from './support/lost-side';
import { minutes } from './support/settings';
import { carryon } from './support/shared';
import { SlowDriver } from './support/slow-driver';

let torn: Torn;
let number = 0;
const needsHuman = 5;
const resumed = 7;
/** Pages come so slowly that they are owed as long as it matters. */
const slowPages = 'pages-kept=fail,pages=delay:2000';

beforeEach(() => {
  // Another one for each test: a migration that goes on must not be in the way of the next.
  torn = new Torn(`e2e-loss-${(number += 1)}`, 9013);
});
afterEach(() => torn.remove(), minutes(1));

/** Migrates there, and back so slowly that the destination can be struck meanwhile; resolves with the end, and with what the memory was before. */
const struckWhileOwed = async (onLoss: 'keep-frozen' | 'resume-frozen', strike: () => Promise<unknown>) => {
  await torn.start();
  await torn.connectAt('edge');
  await carryon.migrate(torn.name, { to: 'cloud', relayFor: '5m' });
  await (await SlowDriver.at('edge', torn.name)).spoil(slowPages);
  const before = await torn.memoryAt('cloud');
  const end = carryon.tryToMigrate(torn.name, { to: 'edge', strategy: 'post-copy', onLoss });
  await torn.reaches('cloud', 'owing');
  await strike();
  return { before, end: await end };
};

describe('a destination that is removed while pages are owed to it', () => {
  const remove = () => docker('edge', 'rm', '--force', torn.name);

  it('resumes the source by itself when that was asked for, says what is lost, and can come back to the place of the loss', async () => {
    const { before, end } = await struckWhileOwed('resume-frozen', remove);
    expect(end).toMatchObject({ outcome: 'resumed', exitCode: resumed, report: { reason: expect.stringContaining('is lost') } });
    expect(await expectOneCopy(carryon, torn.name)).toBe('cloud');
    expect(await torn.memoryAt('cloud')).toBe(before);
    expect((await carryon.migrate(torn.name, { to: 'edge' })).outcome).toBe('committed');
    expect(await expectOneCopy(carryon, torn.name)).toBe('edge');
    expect(await torn.memoryAt('edge')).toBe(before);
  }, minutes(4));

  it('leaves the source frozen for a human else, who resumes it with `carryon resolve`', async () => {
    const { before, end } = await struckWhileOwed('keep-frozen', remove);
    expect(end).toMatchObject({ outcome: 'needs-human', exitCode: needsHuman, next: expect.stringContaining(`carryon resolve ${torn.name} --keep source`) });
    expect(await torn.journalAt('cloud')).toBe('owing');
    expect(await torn.resolve('--keep', 'source')).toMatchObject({ exitCode: 0, answer: { kept: 'taken-back', cluster: 'cloud', message: expect.stringContaining('is lost') } });
    expect(await torn.memoryAt('cloud')).toBe(before);
    expect(await torn.resolve('--keep', 'source')).toMatchObject({ exitCode: 0, answer: { kept: 'already', cluster: 'cloud' } });
    expect(await expectOneCopy(carryon, torn.name)).toBe('cloud');
  }, minutes(4));
});

describe('a destination whose driver is killed while pages are owed to it', () => {
  const killDriver = async () => {
    process.kill(await eventually('the driver', () => driverPid('edge', torn.name)), 'SIGKILL');
  };

  it('makes way for the frozen service when that was asked for', async () => {
    const { before, end } = await struckWhileOwed('resume-frozen', killDriver);
    expect(end).toMatchObject({ outcome: 'resumed', exitCode: resumed, report: { reason: expect.stringContaining('is lost') } });
    expect(await expectOneCopy(carryon, torn.name)).toBe('cloud');
    expect(await torn.memoryAt('cloud')).toBe(before);
  }, minutes(4));

  it('stands still for a human else, who is told at once', async () => {
    const { before, end } = await struckWhileOwed('keep-frozen', killDriver);
    expect(end).toMatchObject({ outcome: 'needs-human', exitCode: needsHuman, next: expect.stringContaining(`carryon rm ${torn.name} --cluster edge --force`) });
    expect([await torn.journalAt('cloud'), await torn.journalAt('edge')]).toEqual(['owing', 'waiting']);
    expect((await carryon.cli('rm', torn.name, '--cluster', 'edge', '--force')).exitCode).toBe(0);
    expect(await torn.resolve('--keep', 'source')).toMatchObject({ exitCode: 0, answer: { kept: 'taken-back', cluster: 'cloud' } });
    expect(await torn.memoryAt('cloud')).toBe(before);
  }, minutes(4));
});

describe('a source whose outer container is killed while it owes pages, and started again', () => {
  it('leaves a service that a human begins afresh at the destination, and that can come home later', async () => {
    const { before, end } = await struckWhileOwed('keep-frozen', async () => {
      await killContainer('cloud', await firstProcess('cloud', torn.name));
      await docker('cloud', 'start', torn.name);
    });
    expect(end).toMatchObject({ outcome: 'needs-human', exitCode: needsHuman, next: expect.stringContaining(`carryon resolve ${torn.name} --keep destination`) });
    await torn.reaches('edge', 'waiting');
    expect(await torn.resolve('--keep', 'destination')).toMatchObject({ exitCode: 0, answer: { kept: 'afresh', cluster: 'edge' } });
    await eventually('the end of the debt', async () => (await torn.journalAt('cloud')) !== 'owing', 60_000);
    expect(await expectOneCopy(carryon, torn.name)).toBe('edge');
    const afresh = await torn.memoryAt('edge');
    expect(afresh).not.toBe(before);
    expect((await carryon.migrate(torn.name, { to: 'cloud' })).outcome).toBe('committed');
    expect(await torn.memoryAt('cloud')).toBe(afresh);
  }, minutes(4));
});

describe('a source whose outer container is killed in the freeze of a stop-and-copy', () => {
  it('after the restore: the copy at the destination is committed by that proof, with its memory', async () => {
    await torn.start();
    const before = await torn.memoryAt('edge');
    const driver = await SlowDriver.at('edge', torn.name);
    const first = await firstProcess('edge', torn.name);
    await driver.pauseAt('journal-handedOff');
    const end = carryon.tryToMigrate(torn.name, { to: 'cloud', strategy: 'stop-and-copy' });
    await eventually('the commit', async () => (await driver.pausesUntil('journal-handedOff')) !== undefined, 60_000);
    await killContainer('edge', first);
    expect(await end).toMatchObject({ outcome: 'committed', exitCode: 0, report: { reason: expect.stringContaining('died while') } });
    expect(await carryon.sightings(torn.name)).toEqual([expect.objectContaining({ cluster: 'cloud', journal: 'running' })]);
    expect(await torn.memoryAt('cloud')).toBe(before);
  }, minutes(4));
});
