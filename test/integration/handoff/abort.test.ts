import { describe, expect, test } from '@jest/globals';
import { unharmed } from './expectations';
import { address, pause, type Pair, type PairOptions } from './pair';
import { useWorkshop } from './workshop';

let pair: Pair;
const workshop = useWorkshop();
const begin = async (options: PairOptions) => { pair = await workshop.begin(options); };

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
    const { seen } = pair.client();
    await pause(1000);
    expect(await pair.ctl('source', 'handoff')).toMatchObject({ ok: false, state: 'running' });
    unharmed(await seen());
    await source('running');
    expect(await pair.outcome('source')).toBe('aborted');
    expect(await pair.frozen('source')).toBe(false);
    expect(await pair.run('source', 'ip route get 10.99.0.2')).toContain('dev vh');
  }, 90_000);

  test.each([
    ['post-copy', 'restore=fail', []],
    ['post-copy', 'gate=fail', []],
    ['stop-and-copy', 'restore=fail', ['freeze', 'final-dump', 'transfer']],
    ['stop-and-copy', 'gate=fail', ['freeze', 'final-dump', 'transfer']],
  ] as const)('and clients wait no more than a second longer than it takes to know that a restore failed (%s, %s)', async (strategy, destination, before) => {
    await begin({ strategy, faults: { destination } });
    const { seen } = pair.client();
    await pause(1000);
    for (const step of before) await pair.must('source', step);
    expect(await pair.ctl('source', strategy === 'post-copy' ? 'handoff' : 'restore')).toMatchObject({ ok: false });
    await pair.ctl('source', 'abort');
    const client = await seen();
    unharmed(client);
    await source('running');
    const [held] = (await pair.events('source')).filter(({ step }) => step === 'hold');
    const [given] = (await pair.events('destination')).filter(({ outcome }) => outcome === 'discarded');
    if (!held || !given) throw new Error('the drivers do not tell when it began, or when it failed');
    const knownMs = (given.t - held.t) / 1e6;
    console.log(`clients waited ${Math.max(client.pushGapMs, client.echoGapMs).toFixed(0)} ms; the failure was known after ${knownMs.toFixed(0)} ms`);
    expect(knownMs).toBeGreaterThan(0);
    expect(Math.max(client.pushGapMs, client.echoGapMs)).toBeLessThanOrEqual(knownMs + 1000);
  }, 90_000);

  test('and nothing runs there before its connections are mended', async () => {
    await begin({ faults: { source: 'freeze=fail,repair=delay:700' } });
    const { seen } = pair.client();
    await pause(1000);
    expect(await pair.ctl('source', 'handoff')).toMatchObject({ ok: false, state: 'running' });
    unharmed(await seen());
    const lines = (await pair.run('source', 'cut -d" " -f1 /var/lib/carryon/log/app.log')).split('\n').map((stamp) => Date.parse(stamp));
    expect(Math.max(...lines.map((at, index) => at - (lines[index - 1] ?? at)))).toBeGreaterThan(650);
  }, 90_000);

  test('when a stop-and-copy is aborted after each step', async () => {
    for (const steps of [['freeze'], ['freeze', 'final-dump'], ['freeze', 'final-dump', 'transfer', 'restore']]) {
      await begin({ strategy: 'stop-and-copy' });
      const { seen } = pair.client(2);
      await pause(500);
      for (const step of steps) await pair.must('source', step);
      expect(await pair.ctl('source', 'abort')).toMatchObject({ ok: true, state: 'running' });
      unharmed(await seen());
      await pair.until(async () => (await pair.state('destination')) === 'discarded', 'discarded copy');
      expect(await pair.processes('destination')).toBe(0);
    }
  }, 180_000);

  test('when Temporal stays away for longer than the ticket allows', async () => {
    await begin({ strategy: 'stop-and-copy', config: { source: ['deadline=2000'] } });
    const { seen } = pair.client();
    await pause(500);
    await pair.must('source', 'freeze');
    await pair.until(async () => (await pair.state('source')) === 'running', 'service that resumed');
    unharmed(await seen());
  }, 90_000);

  test('when the driver dies frozen and is started again', async () => {
    await begin({ faults: { source: 'drain=exit' } });
    const { seen } = pair.client();
    await pause(500);
    await pair.ctl('source', 'handoff');
    expect(await pair.frozen('source')).toBe(true);
    await pair.run('source', 'rm -f /run/carryon/handoff/m1/exit /run/carryon/handoff/m1/events.ndjson');
    await pair.driver('source', '');
    await pair.until(async () => (await pair.state('source')) === 'running', 'service that resumed');
    unharmed(await seen());
  }, 90_000);
});

describe('when the record of a resume fails', () => {
  test('the service runs on all the same, nothing of it is committed, and the record is made later', async () => {
    await begin({ faults: { source: 'drain=fail,journal-running=fail' } });
    const { seen } = pair.client();
    await pause(500);
    expect(await pair.ctl('source', 'handoff')).toMatchObject({ ok: false, state: 'frozen' });
    expect(await pair.frozen('source')).toBe(false);
    expect(await pair.ask('e')).toBe('e');
    expect(await pair.ctl('source', 'handoff')).toMatchObject({ ok: false, code: 'not-armed' });
    await pair.until(async () => (await pair.state('destination')) === 'discarded', 'discarded copy');
    await pair.kill('source', '^/opt/carryon/bin/handoff source');
    await pair.revive('source');
    await pair.until(async () => (await pair.state('source')) === 'running', 'record of the resume');
    unharmed(await seen());
    expect(await pair.frozen('source')).toBe(false);
    expect(await pair.outcome('source')).toBe('aborted');
  }, 90_000);

  test('a stop-and-copy that was aborted is not committed, whatever the destination still has', async () => {
    await begin({ strategy: 'stop-and-copy', faults: { source: 'journal-running=fail' } });
    const { seen } = pair.client();
    await pause(500);
    for (const step of ['freeze', 'final-dump', 'transfer', 'restore']) await pair.must('source', step);
    expect(await pair.ctl('source', 'abort')).toMatchObject({ ok: false, state: 'frozen' });
    expect(await pair.frozen('source')).toBe(false);
    expect(await pair.ctl('source', 'commit')).toMatchObject({ ok: false, code: 'not-frozen', state: 'frozen' });
    await pair.kill('source', '^/opt/carryon/bin/handoff source');
    await pair.revive('source');
    await pair.until(async () => (await pair.state('source')) === 'running', 'record of the resume');
    unharmed(await seen());
    expect(await pair.state('destination')).toBe('discarded');
  }, 90_000);
});

describe('when the dump cannot be made worthless before the service goes on', () => {
  const dumps = '/var/lib/carryon/dump/1';

  test('the service stays frozen, its copy is discarded, and it goes on when that has been done', async () => {
    await begin({ strategy: 'stop-and-copy' });
    const { seen } = pair.client();
    await pause(500);
    for (const step of ['freeze', 'final-dump', 'transfer', 'restore']) await pair.must('source', step);
    await pair.run('source', `mount --bind ${dumps} ${dumps} && mount -o remount,bind,ro ${dumps}`);
    expect(await pair.ctl('source', 'abort')).toMatchObject({ ok: false, code: 'dump', state: 'frozen' });
    expect(await pair.frozen('source')).toBe(true);
    expect(await pair.ctl('source', 'commit')).toMatchObject({ ok: false, code: 'not-frozen' });
    await pair.until(async () => (await pair.state('destination')) === 'discarded', 'discarded copy');
    expect(await pair.state('source')).toBe('frozen');
    await pair.run('source', `umount ${dumps}`);
    await pair.until(async () => (await pair.state('source')) === 'running', 'service that goes on');
    expect(await pair.run('source', `ls ${dumps}`)).not.toContain('manifest');
    unharmed(await seen());
  }, 90_000);
});

describe('after a driver died in the middle of a resume', () => {
  /** Nothing reaches the destination, not even the end of the connection. */
  const cut = 'nft add table ip cut; nft add chain ip cut in "{ type filter hook input priority 0; }"; nft add rule ip cut in tcp dport 7444 drop';

  test('what ran again is not committed from its older dump', async () => {
    await begin({ strategy: 'stop-and-copy', faults: { source: 'journal-running=exit' }, config: { destination: ['deadline=60000'] } });
    const { seen } = pair.client();
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
    unharmed(await seen());
    expect(await pair.frozen('source')).toBe(false);
  }, 90_000);
});
