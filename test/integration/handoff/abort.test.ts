import { afterEach, describe, expect, test } from '@jest/globals';
import { Pair, address, pause, type PairOptions, type Seen } from './pair';

let pair: Pair;
const begin = async (options: PairOptions) => { pair = await Pair.start(options); await pair.drivers(); };
afterEach(async () => { await pair.end(); }, 60_000);

/** The client noticed at most a pause: nothing lost, nothing closed, the same memory. */
function unharmed(client: Seen): void {
  expect(client).toMatchObject({ lost: 0, bad: 0, dead: false });
  expect(client.after).toBe(client.before);
}

async function source(state: string): Promise<void> {
  expect(await pair.state('source')).toBe(state);
}

describe('before the commit was sent, the service goes on at the source', () => {
  test.each([
    ['the hold', { source: 'hold=fail' }],
    ['the dump', { source: 'dump=fail' }],
    ['sending the images', { source: 'images=fail' }],
    ['the freeze', { source: 'freeze=fail' }],
    ['draining the log', { source: 'drain=fail' }],
    ['comparing the files', { source: 'files=fail' }],
    ['writing handedOff', { source: 'journal-handedOff=fail' }],
    ['applying files at the destination', { destination: 'files-apply=fail' }],
    ['the restore', { destination: 'restore=fail' }],
    ['the gate', { destination: 'gate=fail' }],
    ['the death of the destination in the gate', { destination: 'journal-gated=exit' }],
  ])('when %s fails', async (_what, faults) => {
    await begin({ faults });
    const { seen } = pair.client(7);
    await pause(1000);
    expect(await pair.ctl('source', 'handoff')).toMatchObject({ ok: false, state: 'running' });
    unharmed(await seen);
    await source('running');
    expect(await pair.outcome('source')).toBe('aborted');
    expect(await pair.frozen('source')).toBe(false);
    expect(await pair.run('source', 'ip route get 10.99.0.2')).toContain('dev vh');
  }, 90_000);

  test('and nothing runs there before its connections are mended', async () => {
    await begin({ faults: { source: 'freeze=fail,repair=delay:700' } });
    const { seen } = pair.client(5);
    await pause(1000);
    expect(await pair.ctl('source', 'handoff')).toMatchObject({ ok: false, state: 'running' });
    unharmed(await seen);
    const lines = (await pair.run('source', 'cut -d" " -f1 /var/lib/carryon/log/app.log')).split('\n').map((stamp) => Date.parse(stamp));
    expect(Math.max(...lines.map((at, index) => at - (lines[index - 1] ?? at)))).toBeGreaterThan(650);
  }, 90_000);

  test('when a stop-and-copy is aborted after each step', async () => {
    for (const steps of [['freeze'], ['freeze', 'final-dump'], ['freeze', 'final-dump', 'transfer', 'restore']]) {
      await begin({ strategy: 'stop-and-copy' });
      const { seen } = pair.client(6 + steps.length, 2);
      await pause(500);
      for (const step of steps) await pair.must('source', step);
      expect(await pair.ctl('source', 'abort')).toMatchObject({ ok: true, state: 'running' });
      unharmed(await seen);
      await pair.until(async () => (await pair.state('destination')) === 'discarded', 'discarded copy');
      expect(await pair.processes('destination')).toBe(0);
    }
  }, 180_000);

  test('when Temporal stays away for longer than the ticket allows', async () => {
    await begin({ strategy: 'stop-and-copy', config: { source: ['deadline=2000'] } });
    const { seen } = pair.client(6);
    await pause(500);
    await pair.must('source', 'freeze');
    await pair.until(async () => (await pair.state('source')) === 'running', 'service that resumed');
    unharmed(await seen);
  }, 90_000);

  test('when the driver dies frozen and is started again', async () => {
    await begin({ faults: { source: 'drain=exit' } });
    const { seen } = pair.client(10);
    await pause(500);
    await pair.ctl('source', 'handoff');
    expect(await pair.frozen('source')).toBe(true);
    await pair.run('source', 'rm -f /run/carryon/handoff/m1/exit /run/carryon/handoff/m1/events.ndjson');
    await pair.driver('source', '');
    await pair.until(async () => (await pair.state('source')) === 'running', 'service that resumed');
    unharmed(await seen);
  }, 90_000);
});

describe('after a driver died in the middle of a resume', () => {
  /** Nothing reaches the destination, not even the end of the connection. */
  const cut = 'nft add table ip cut; nft add chain ip cut in "{ type filter hook input priority 0; }"; nft add rule ip cut in tcp dport 7444 drop';

  test('what ran again is not committed from its older dump', async () => {
    await begin({ strategy: 'stop-and-copy', faults: { source: 'journal-running=exit' }, config: { destination: ['deadline=60000'] } });
    const { seen } = pair.client(12);
    await pause(500);
    for (const step of ['freeze', 'final-dump', 'transfer', 'restore']) await pair.must('source', step);
    await pair.run('destination', cut);
    await pair.run('destination', `ss -K dst ${address.source} sport = 7444`);
    await pair.ctl('source', 'abort');
    await source('frozen');
    expect(await pair.frozen('source')).toBe(false);
    await pair.revive('source');
    await pair.run('destination', 'nft delete table ip cut');
    await pair.until(async () => (await pair.state('source')) === 'running', 'service that goes on at the source');
    expect(await pair.ctl('source', 'commit')).not.toMatchObject({ ok: true });
    unharmed(await seen);
    expect(await pair.frozen('source')).toBe(false);
  }, 90_000);
});

describe('in doubt', () => {
  test('the source stays frozen while the destination is silent, and follows it when it answers', async () => {
    await begin({ faults: { destination: 'journal-running=stop' } });
    await pair.ctl('source', 'handoff').then((answer) => expect(answer).toMatchObject({ ok: false, code: 'in-doubt', state: 'handedOff' }));
    expect(await pair.frozen('source')).toBe(true);
    expect(await pair.ctl('source', 'abort')).toMatchObject({ ok: false, code: 'in-doubt' });
    for (const pid of await pair.pid('destination', '^/opt/carryon/bin/handoff destination')) await pair.run('destination', `kill -CONT ${pid}`);
    await pair.until(async () => ['owing', 'relaying'].includes((await pair.state('source')) ?? ''), 'commit');
    expect(await pair.ask('e')).toBe('e');
    expect(await pair.state('destination')).toBe('running');
  }, 120_000);

  test('a destination that cannot write its commit discards at its deadline, and the source resumes', async () => {
    await begin({ faults: { destination: 'journal-running=fail' }, config: { destination: ['deadline=2000'] } });
    expect(await pair.ctl('source', 'handoff')).toMatchObject({ ok: false, code: 'discarded', state: 'running' });
    expect((await pair.states('destination')).slice(-2)).toEqual(['gated', 'discarded']);
    expect(await pair.ask('e')).toBe('e');
  }, 90_000);

  test('the source resumes when the destination discarded at its deadline, and nobody hears the discarded copy die', async () => {
    await begin({ faults: { source: 'commit=fail' }, config: { destination: ['deadline=2000'] } });
    const { seen } = pair.client(9);
    await pause(500);
    expect(await pair.ctl('source', 'handoff')).toMatchObject({ ok: false, code: 'discarded', state: 'running' });
    expect((await pair.states('destination')).slice(-2)).toEqual(['gated', 'discarded']);
    unharmed(await seen);
    expect(await pair.processes('destination')).toBe(0);
  }, 90_000);

  test('the coordinators may bring the answer that the peers cannot give each other', async () => {
    await begin({ faults: { source: 'commit=fail', destination: 'restored=delay:1' }, config: { destination: ['deadline=60000'] } });
    const { seen } = pair.client(20);
    await pause(500);
    const verb = pair.ctl('source', 'handoff');
    await pair.until(async () => (await pair.state('source')) === 'handedOff', 'doubt');
    expect(await pair.ctl('destination', 'discard')).toMatchObject({ ok: true, state: 'discarded' });
    await verb;
    await source('running');
    unharmed(await seen);
  }, 90_000);
});

describe('what must not be done', () => {
  test('two drivers of one migration do not live at a time', async () => {
    await begin({});
    const status = await pair.run('source', '/opt/carryon/bin/handoff source /run/carryon/handoff/m1/config; echo "exit $?"');
    expect(status).toContain('exit 1');
    expect(await pair.run('source', 'tail -n 1 /run/carryon/handoff/m1/events.ndjson')).toContain('"busy"');
    expect(await pair.must('source', 'handoff')).toMatchObject({ ok: true });
  }, 90_000);

  test('a peer whose certificate another authority signed gets no word', async () => {
    pair = await Pair.start({ config: { source: ['cert=/fixtures/stranger.pem', 'key=/fixtures/stranger.key'] } });
    await pair.driver('destination');
    await pair.driver('source');
    expect(await pair.ctl('source', 'handoff')).toMatchObject({ ok: false, code: 'peer-unreachable', state: 'armedS' });
    expect(await pair.ctl('destination', 'status')).toMatchObject({ connected: false });
    expect(await pair.ask('e')).toBe('e');
  }, 90_000);

  test('a peer with a good certificate of another name is refused', async () => {
    pair = await Pair.start({ config: { destination: ['peername=carryon://c/service/s1'] } });
    await pair.driver('destination');
    await pair.driver('source');
    expect(await pair.ctl('source', 'handoff')).toMatchObject({ ok: false, code: 'peer-unreachable' });
  }, 90_000);

  test('an epoch that the journal has left behind is refused before anything is touched', async () => {
    const later = JSON.stringify({ epoch: 7, state: 'running', migration: 'm0', peer: 'p', at: '2026-01-01T00:00:00Z' });
    pair = await Pair.start({ epoch: 3, journal: { source: [later] } });
    await pair.driver('source');
    expect(await pair.run('source', 'cat /run/carryon/handoff/m1/exit')).toContain('exit 1');
    expect(await pair.run('source', 'cat /run/carryon/handoff/m1/driver.log')).toContain('stale-epoch');
    expect(await pair.ask('e')).toBe('e');
  }, 90_000);

  test('after the commit an abort is refused', async () => {
    await begin({});
    await pair.must('source', 'handoff');
    expect(['committed', 'no-driver', 'closed', undefined]).toContain((await pair.ctl('source', 'abort')).code);
    expect(await pair.ask('e')).toBe('e');
    expect(await pair.state('destination')).toBe('running');
  }, 90_000);
});
