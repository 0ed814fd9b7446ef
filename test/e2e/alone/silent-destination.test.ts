import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/await';
import { withoutDaemon } from '../support/clusters';
import { expectOneCopy } from '../support/copies';
import { carryonPids } from '../support/engine-process';
import { expectUnharmedAndAlive } from '../support/expectations';
import { NumbersLoad } from '../support/load/numbers';
import { Torn } from '../support/lost-side';
import { minutes } from '../support/settings';
import { carryon } from '../support/shared';
import { SlowDriver } from '../support/slow-driver';

const torn = new Torn('e2e-doubt', 9012);
const refused = 3;

afterEach(() => torn.remove(), minutes(1));

describe('a source in doubt, whose destination is silent', () => {
  it('goes on with its connections when a human says that the destination is lost, and only then', async () => {
    const load = await NumbersLoad.start({ ...(await torn.start()), connections: 2 });
    await (await SlowDriver.at('edge', torn.name)).spoil('commit=fail');
    const end = carryon.tryToMigrate(torn.name, { to: 'cloud', strategy: 'post-copy' });
    await torn.reaches('edge', 'handedOff');
    expect(await torn.resolve('--keep', 'source')).toMatchObject({ exitCode: refused, answer: { error: { code: 'other-copy' } } });
    expect(await torn.resolve('--keep', 'source', '--force-lost', 'cloud')).toMatchObject({ exitCode: refused, answer: { error: { code: 'not-lost' } } });
    // Its driver would else discard at its deadline, and say so.
    const stopped = await carryonPids('cloud', torn.name);
    for (const pid of stopped) process.kill(pid, 'SIGSTOP');
    try {
      // Its container runs, as its coordinator knows: that is not lost.
      expect(await torn.resolve('--keep', 'source')).toMatchObject({ exitCode: refused, answer: { error: { code: 'engine-silent' } } });
      expect(await torn.resolve('--keep', 'source', '--force-lost', 'cloud')).toMatchObject({ exitCode: refused, answer: { error: { code: 'not-lost' } } });
      expect(await torn.journalAt('edge')).toBe('handedOff');
      await withoutDaemon('cloud', async () => {
        // The coordinator may hold a connection from before for some seconds.
        await eventually('a silent cluster', async () => (await torn.resolve('--keep', 'source')).answer.error?.code === 'cluster-silent');
        expect(await torn.resolve('--keep', 'source', '--force-lost', 'cloud')).toMatchObject({ exitCode: 0, answer: { kept: 'resumed', cluster: 'edge' } });
        await expectUnharmedAndAlive(load);
        expect(await torn.resolve('--keep', 'source', '--force-lost', 'cloud')).toMatchObject({ exitCode: 0, answer: { kept: 'already', cluster: 'edge' } });
      });
    } finally {
      for (const pid of stopped) process.kill(pid, 'SIGCONT');
      await load.finish();
    }
    expect((await end).outcome).toBe('rolled-back');
    expect(await expectOneCopy(carryon, torn.name)).toBe('edge');
  }, minutes(4));
});
