import { describe, expect, test } from '@jest/globals';
import { unharmed } from './expectations';
import { pause, type Pair, type PairOptions } from './pair';
import { discardedCopyIsNeverHeard, doubtFreezesBoth, otherEpochsHaveNoSay } from './scenarios';
import { useWorkshop } from './workshop';

let pair: Pair;
const workshop = useWorkshop();
const journal = '/var/lib/carryon/journal.ndjson';
const log = '/run/carryon/handoff/m1/driver.log';
const driver = '^/opt/carryon/bin/handoff destination';
const begin = async (options: PairOptions) => { pair = await workshop.begin(options); };

describe('in doubt', () => {
  test('the source stays frozen while the destination is silent, also when its driver changes, and follows it when it answers', async () => {
    await doubtFreezesBoth(workshop.begin);
  }, 90_000);

  test('a destination that cannot write its commit discards at its deadline, and the source resumes', async () => {
    await begin({ faults: { destination: 'journal-running=fail' }, config: { destination: ['deadline=2000'] } });
    expect(await pair.ctl('source', 'handoff')).toMatchObject({ ok: false, code: 'discarded', state: 'running' });
    expect((await pair.states('destination')).slice(-2)).toEqual(['gated', 'discarded']);
    expect(await pair.ask('e')).toBe('e');
  }, 90_000);

  test('the source resumes when the destination discarded at its deadline, and nobody hears the discarded copy, in life or in death', async () => {
    await discardedCopyIsNeverHeard(workshop.begin);
  }, 90_000);

  test('neither side listens to a peer of another epoch', async () => {
    await otherEpochsHaveNoSay(workshop.begin);
  }, 90_000);

  test('the coordinators may bring the answer that the peers cannot give each other', async () => {
    await begin({ faults: { source: 'commit=fail', destination: 'restored=delay:1' }, config: { destination: ['deadline=60000'] } });
    const { seen } = pair.client();
    await pause(500);
    const verb = pair.ctl('source', 'handoff');
    await pair.until(async () => (await pair.state('source')) === 'handedOff', 'doubt');
    expect(await pair.ctl('destination', 'discard')).toMatchObject({ ok: true, state: 'discarded' });
    await verb;
    expect(await pair.state('source')).toBe('running');
    unharmed(await seen());
  }, 90_000);

  test('a destination driver that stood still while its engine discarded does not take the commit any more', async () => {
    await begin({ faults: { destination: 'journal-running=stop' } });
    const { seen } = pair.client();
    await pause(500);
    const handoff = pair.ctl('source', 'handoff');
    await pair.until(async () => (await pair.run('destination', `cat ${log}`)).includes('fault at journal-running'), 'commit that has come');
    await pair.run('destination', `echo '{"epoch":1,"state":"discarded","migration":"m1","at":""}' >> ${journal}`);
    await pair.kill('destination', driver, 'CONT');
    expect(await handoff).toMatchObject({ ok: false, code: 'discarded', state: 'running' });
    expect((await pair.states('destination')).slice(-3)).toEqual(['gated', 'discarded', 'running']);
    unharmed(await seen());
    expect(await pair.processes('destination')).toBe(0);
    expect(await pair.outcome('destination')).toBe('discarded');
  }, 90_000);
});
