import { describe, expect, test } from '@jest/globals';
import { type Pair, type PairOptions } from './pair';
import { useWorkshop } from './workshop';

let pair: Pair;
const workshop = useWorkshop();
const begin = async (options: PairOptions) => { pair = await workshop.begin(options); };

/** Moves the application at the source out of its freezer. */
const leaveFreezer = () => pair.run('source', 'F=$(cat /run/carryon/freezer); for p in $(cat $F/cgroup.procs); do echo $p > $F/../cgroup.procs; done');

describe('what must not be done', () => {
  test('two drivers of one migration do not live at a time', async () => {
    await begin({});
    const status = await pair.run('source', '/opt/carryon/bin/handoff source /run/carryon/handoff/m1/config; echo "exit $?"');
    expect(status).toContain('exit 1');
    expect(await pair.run('source', 'tail -n 1 /run/carryon/handoff/m1/events.ndjson')).toContain('"busy"');
    expect(await pair.must('source', 'handoff')).toMatchObject({ ok: true });
  }, 90_000);

  test('a peer whose certificate another authority signed gets no word', async () => {
    pair = await workshop.start({ config: { source: ['cert=/fixtures/stranger.pem', 'key=/fixtures/stranger.key'] } });
    await pair.driver('destination');
    await pair.driver('source');
    expect(await pair.ctl('source', 'handoff')).toMatchObject({ ok: false, code: 'peer-unreachable', state: 'armedS' });
    expect(await pair.ctl('destination', 'status')).toMatchObject({ connected: false });
    expect(await pair.ask('e')).toBe('e');
  }, 90_000);

  test('a peer with a good certificate of another name is refused', async () => {
    pair = await workshop.start({ config: { destination: ['peername=carryon://c/service/s1'] } });
    await pair.driver('destination');
    await pair.driver('source');
    expect(await pair.ctl('source', 'handoff')).toMatchObject({ ok: false, code: 'peer-unreachable' });
  }, 90_000);

  test('an epoch that the journal has left behind is refused before anything is touched', async () => {
    const later = JSON.stringify({ epoch: 7, state: 'running', migration: 'm0', peer: 'p', at: '2026-01-01T00:00:00Z' });
    pair = await workshop.start({ epoch: 3, journal: { source: [later] } });
    await pair.driver('source');
    expect(await pair.run('source', 'cat /run/carryon/handoff/m1/exit')).toContain('exit 1');
    expect(await pair.run('source', 'cat /run/carryon/handoff/m1/driver.log')).toContain('stale-epoch');
    expect(await pair.ask('e')).toBe('e');
  }, 90_000);

  test('an application outside its freezer, which no freeze would stop, is refused before anything is touched', async () => {
    pair = await workshop.start({});
    await leaveFreezer();
    await pair.driver('source');
    expect(await pair.run('source', 'tail -n 1 /run/carryon/handoff/m1/events.ndjson')).toMatch(/"aborted".*"outside-freezer"/);
    expect(await pair.ask('e')).toBe('e');
  }, 90_000);

  test.each(['post-copy', 'stop-and-copy'] as const)('an application that left its freezer since is not moved (%s), and goes on', async (strategy) => {
    await begin({ strategy });
    const { seen } = pair.client(2);
    await leaveFreezer();
    expect(await pair.ctl('source', strategy === 'post-copy' ? 'handoff' : 'freeze')).toMatchObject({ ok: false, message: expect.stringContaining('not in its freezer') });
    expect(await seen()).toMatchObject({ lost: 0, bad: 0, dead: false });
    expect(await pair.state('source')).toBe(strategy === 'post-copy' ? 'armedS' : 'running');
  }, 90_000);

  test('the steps of a stop-and-copy are not done to a post-copy, whose service runs on', async () => {
    await begin({});
    for (const verb of ['freeze', 'final-dump', 'transfer', 'restore', 'commit']) {
      expect([verb, await pair.ctl('source', verb)]).toEqual([verb, expect.objectContaining({ ok: false, code: 'wrong-strategy', state: 'armedS' })]);
    }
    expect(await pair.ask('e')).toBe('e');
    await pair.must('source', 'handoff');
    expect(await pair.ctl('source', 'commit')).toMatchObject({ ok: false });
  }, 90_000);

  test('after the commit an abort is refused', async () => {
    await begin({});
    await pair.must('source', 'handoff');
    expect(['committed', 'no-driver', 'closed', undefined]).toContain((await pair.ctl('source', 'abort')).code);
    expect(await pair.ask('e')).toBe('e');
    expect(await pair.state('destination')).toBe('running');
  }, 90_000);
});
