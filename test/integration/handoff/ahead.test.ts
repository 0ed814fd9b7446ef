import { describe, expect, test } from '@jest/globals';
import { address, pause, type Pair } from './pair';
import { useWorkshop } from './workshop';

let pair: Pair;
const workshop = useWorkshop();
const mebibyte = 2 ** 20;

/** The service with its memory as another process may change it: a word in the middle of its largest mapping. */
async function writeIntoMemory(text: string): Promise<void> {
  await pair.run('source', `P=$(tail -n 1 $(cat /run/carryon/freezer)/cgroup.procs)
    read start end <<EOF
    $(grep ' 00:00 0 *$' /proc/$P/maps | grep rw-p | awk -F'[- ]' '{ print $1, $2 }' | while read a b; do echo $((0x$b - 0x$a)) $((0x$a)); done | sort -n | tail -n 1 | awk '{ print $2, $2 + $1 }')
EOF
    printf '${text}' | dd of=/proc/$P/mem bs=8 seek=$(((start + end) / 16)) conv=notrunc 2>&1`);
}
const ahead = async () => (await pair.events('source')).filter(({ step }) => step === 'ahead').map(({ bytes }) => bytes ?? 0);
const settled = async () => (await pair.events('source')).find(({ step }) => step === 'settle');

/** Of the two connections the one that has brought most, by its port at the source. */
const pagesPort = () => pair.run('destination', `ss -tinOH 'sport = :7444' |
  sed -n 's/^ESTAB *[0-9]* *[0-9]* *[^ ]* *[^ ]*:\\([0-9]*\\) .*bytes_received:\\([0-9]*\\).*/\\2 \\1/p' | sort -n | tail -n 1 | cut -d ' ' -f 2`);
const deaf = 'nft add table ip deaf; nft add chain ip deaf in "{ type filter hook input priority 0; }"; nft add rule ip deaf in tcp dport 7444 tcp flags rst drop';

/** Commits, and pays the debt; what the service says of its memory then. */
async function committed(): Promise<string> {
  expect(await pair.ctl('source', 'handoff')).toMatchObject({ ok: true });
  expect(await pair.ctl('destination', 'finish')).toMatchObject({ ok: true, state: 'running' });
  return pair.ask('S');
}

describe('memory that is sent ahead', () => {
  test('goes while the service runs; in the freeze it is only settled', async () => {
    pair = await workshop.begin({ megabytes: 64 });
    const memory = await pair.ask('S');
    expect(await committed()).toBe(memory);
    const [first = 0, ...later] = await ahead();
    expect(first).toBeGreaterThan(64 * mebibyte);
    expect(later.length).toBeGreaterThan(0);
    for (const bytes of later) expect(bytes).toBeLessThan(8 * mebibyte);
    expect(await settled()).toBeDefined();
    const received = (await pair.events('destination')).find(({ step, bytes }) => step === 'pages' && bytes !== undefined)?.bytes ?? 0;
    expect(received).toBeGreaterThan(64 * mebibyte);
    expect(received).toBeLessThan(80 * mebibyte);
  }, 90_000);

  test('does not hide what changed after the last pass', async () => {
    pair = await workshop.begin({ megabytes: 64, faults: { source: 'dump=delay:3000' } });
    const before = await pair.ask('S');
    const handoff = committed();
    await pair.until(async () => (await ahead()).length >= 2, 'memory sent ahead');
    await writeIntoMemory('changed!');
    const changed = await pair.ask('S').catch(() => '');
    expect(changed).not.toBe(before);
    expect(await handoff).toBe(changed);
  }, 90_000);

  test.each([
    ['not sent', { source: 'pages-ahead=fail' }],
    ['sent, but never settled', { source: 'pages-settle=fail' }],
    ['not kept', { destination: 'pages-kept=fail' }],
  ])('is not needed: every page arrives when it is %s', async (_how, faults) => {
    pair = await workshop.begin({ megabytes: 64, faults });
    const memory = await pair.ask('S');
    expect(await committed()).toBe(memory);
    expect(await settled()).toEqual('destination' in faults ? expect.anything() : undefined);
  }, 90_000);

  test.each([
    ['both sides', async (port: string) => pair.run('destination', `ss -K dst ${address.source} dport = ${port}`)],
    ['the source alone', async (port: string) => {
      await pair.run('destination', deaf);
      return pair.run('source', `ss -K dst ${address.destination} sport = ${port}`);
    }],
  ])('counts for nothing when the connection breaks before the freeze, for %s', async (_whom, cut) => {
    pair = await workshop.begin({ megabytes: 64, faults: { source: 'dump=delay:3000' } });
    const handoff = committed();
    await pair.until(async () => (await ahead()).length >= 2, 'memory sent ahead');
    const memory = await pair.ask('S');
    expect(await cut(await pagesPort())).toContain('ESTAB');
    expect(await handoff).toBe(memory);
    expect(await settled()).toBeUndefined();
  }, 90_000);

  test('stops when the migration is aborted, and the service has not been touched', async () => {
    pair = await workshop.begin({ megabytes: 1024 });
    const { seen } = pair.client(1);
    await pause(1500);
    const handoff = pair.ctl('source', 'handoff');
    await pause(150);
    expect(await pair.ctl('source', 'abort')).toMatchObject({ ok: true, state: 'running' });
    expect(await handoff).toMatchObject({ ok: false, code: 'aborted' });
    expect((await pair.events('source')).some(({ step }) => step === 'freeze')).toBe(false);
    expect(await seen()).toMatchObject({ lost: 0, bad: 0, dead: false });
  }, 90_000);

  test('keeps within the bandwidth: the service runs on meanwhile, and the freeze is as short as ever', async () => {
    const bandwidth = ['bandwidth=16777216'];
    pair = await workshop.begin({ megabytes: 64, config: { source: bandwidth, destination: bandwidth } });
    const memory = await pair.ask('S');
    expect(await committed()).toBe(memory);
    const [first] = (await pair.events('source')).filter(({ step }) => step === 'ahead');
    expect((first as { tookMs?: number }).tookMs).toBeGreaterThan(3500);
    expect(await settled()).toBeDefined();
  }, 90_000);

  test('that was not sent comes without a limit: a process may be waiting for it', async () => {
    const bandwidth = ['bandwidth=4194304'];
    pair = await workshop.begin({ megabytes: 64, faults: { source: 'pages-ahead=fail' }, config: { source: bandwidth, destination: bandwidth } });
    const memory = await pair.ask('S');
    expect(await pair.ctl('source', 'handoff')).toMatchObject({ ok: true });
    const began = Date.now();
    expect(await pair.ask('S')).toBe(memory);
    expect(await pair.ctl('destination', 'finish')).toMatchObject({ ok: true, state: 'running' });
    // At the rate it would take 16 s.
    expect(Date.now() - began).toBeLessThan(8000);
  }, 90_000);
});
