import { describe, expect, test } from '@jest/globals';
import { pause, type Pair, type PairOptions, type Side } from './pair';
import { useWorkshop } from './workshop';

let pair: Pair;
const workshop = useWorkshop();
const begin = async (options: PairOptions) => { pair = await workshop.begin(options); };

const steps = ['freeze', 'final-dump', 'transfer', 'restore'];
/** As an engine does when a service has left: the sandbox with all that is in it, and its cgroup. */
async function destroyTree(side: Side): Promise<void> {
  await pair.run(side, 'kill -9 $(cat /run/carryon/sandbox.pid) $(cat $(cat /run/carryon/freezer)/cgroup.procs)');
  await pair.thaw(side);
  await pair.run(side, 'for i in $(seq 250); do rmdir $(cat /run/carryon/freezer) 2>/dev/null && exit; sleep 0.02; done; exit 1');
}
const committed = async () => ['owing', 'relaying'].includes((await pair.state('source')) ?? '');

describe('a driver that takes over from one that died after the commit', () => {
  test.each([
    ['died before it opened the fence', 'fence=exit'],
    ['could not open the fence', 'fence=fail'],
    ['died before the thaw', 'thaw=exit'],
    ['could not thaw', 'thaw=fail'],
  ])('lets the service run, whose destination %s and did not acknowledge', async (_what, destination) => {
    await begin({ strategy: 'stop-and-copy', faults: { destination } });
    const { seen } = pair.client(1);
    await pause(500);
    for (const step of steps) await pair.must('source', step);
    expect(await pair.ctl('source', 'commit')).toMatchObject({ ok: false, code: 'in-doubt', state: 'handedOff' });
    expect(await pair.state('destination')).toBe('running');
    expect(await pair.frozen('destination')).toBe(true);
    expect(await pair.frozen('source')).toBe(true);
    await pair.kill('destination', '^/opt/carryon/bin/handoff destination');
    await pair.revive('destination');
    await pair.until(committed, 'acknowledged commit');
    expect(await pair.frozen('destination')).toBe(false);
    expect(await seen()).toMatchObject({ lost: 0, bad: 0, dead: false });
  }, 90_000);

  test('thaws nothing into pages that are lost: the service waits', async () => {
    await begin({ megabytes: 64, faults: { destination: 'fence=exit' } });
    await pair.ctl('source', 'handoff');
    await pair.revive('destination');
    await pair.until(async () => (await pair.state('destination')) === 'waiting', 'waiting service');
    expect(await pair.frozen('destination')).toBe(true);
    await pair.until(committed, 'source that knows whose the service is');
    expect(await pair.ctl('destination', 'finish')).toMatchObject({ ok: false, code: 'pages-missing' });
  }, 90_000);

  test('leaves a service running that has all its pages', async () => {
    await begin({ megabytes: 64, faults: { source: 'retire=fail' } });
    await pair.must('source', 'handoff');
    await pair.until(async () => (await pair.events('destination')).some((e) => e.step === 'pages' && e.state === 'done'), 'pages');
    await pair.kill('destination', '^/opt/carryon/bin/handoff destination');
    await pair.revive('destination');
    expect(await pair.frozen('destination')).toBe(false);
    expect(await pair.state('destination')).toBe('running');
    expect(await pair.ctl('destination', 'finish')).toMatchObject({ ok: true, state: 'running' });
  }, 90_000);

  test('is not needed where what is frozen could not be destroyed at first: the same one tries again', async () => {
    await begin({ strategy: 'stop-and-copy', faults: { source: 'retire=fail:2' } });
    for (const step of steps) await pair.must('source', step);
    expect(await pair.ctl('source', 'commit')).toMatchObject({ ok: false, code: 'injected', state: 'relaying' });
    await pair.until(async () => (await pair.processes('source')) === 0, 'retired source');
    await pair.until(async () => (await pair.pid('source', '^/opt/carryon/bin/handoff source')).length === 0, 'end of the driver');
    expect(await pair.state('destination')).toBe('running');
  }, 90_000);

  test('finds nothing left to destroy where its engine was faster', async () => {
    await begin({ strategy: 'stop-and-copy', faults: { source: 'journal-relaying-written=pause:3000' } });
    for (const step of steps) await pair.must('source', step);
    const commit = pair.ctl('source', 'commit');
    await pair.until(async () => (await pair.state('source')) === 'relaying', 'committed source');
    await destroyTree('source');
    expect(await commit).toMatchObject({ ok: true, state: 'relaying' });
    await pair.until(async () => (await pair.pid('source', '^/opt/carryon/bin/handoff source')).length === 0, 'end of the driver');
    expect(await pair.run('source', 'nft list tables netdev')).not.toContain('carryon_quiet');
  }, 90_000);

  test('lets the held packets go, which its source had not', async () => {
    await begin({ strategy: 'stop-and-copy', faults: { source: 'release=exit' } });
    const { seen } = pair.client(1);
    await pause(500);
    for (const step of steps) await pair.must('source', step);
    await pair.ctl('source', 'commit');
    expect(await pair.state('source')).toBe('relaying');
    expect(await pair.run('source', 'ip route get 10.99.0.2')).toContain('dev hold0');
    await pair.revive('source');
    await pair.until(async () => (await pair.processes('source')) === 0, 'retired source');
    expect(await pair.run('source', 'ip route get 10.99.0.2')).toContain('via 10.98.0.2 dev vx1');
    expect(await seen()).toMatchObject({ lost: 0, bad: 0, dead: false });
  }, 90_000);
});
