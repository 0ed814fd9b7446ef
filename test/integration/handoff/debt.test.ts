import { execa } from 'execa';
import { describe, expect, test } from '@jest/globals';
import { address, container, pause, type Pair } from './pair';
import { asked, debtOutlivesCriu, endsOfCriu, lostPagesAreNotMadeUp, owing as owe } from './scenarios';
import { useWorkshop } from './workshop';

let pair: Pair;
const workshop = useWorkshop();

const reset = 'nft add table ip cut; nft add chain ip cut in "{ type filter hook input priority 0; }"; nft add rule ip cut in tcp dport 7444 reject with tcp reset';
const mend = 'nft delete table ip cut';
const abort = `ss -K dst ${address.source} sport = 7444`;

const cutPages = () => pair.run('destination', `${reset}; ${abort}`);

const waitsForPages = async () => {
  const waits = async () => (await pair.state('destination')) === 'waiting';
  await pair.until(waits, 'waiting service', waits, 80_000);
};

const goesOn = async () => {
  await pair.run('destination', mend);
  await pair.until(async () => (await pair.state('destination')) === 'running', 'service that goes on');
  expect(await pair.ctl('destination', 'finish')).toMatchObject({ ok: true });
};

/** Of each thread of the service: where in the kernel it sleeps, and the system call, -1 outside of one. */
const waitsOfThreads = 'for p in $(cat $(cat /run/carryon/freezer)/cgroup.procs); do for t in /proc/$p/task/*; do echo $(cat $t/wchan) $(cat $t/syscall); done; done';

/** What everything in the destination's outer container has used of processors so far; it is told in jiffies of 10 ms. */
const processorMs = async () => Number(await pair.run('destination', `cat /proc/[0-9]*/stat 2>/dev/null | awk '{ sub(/^.*\\) /, ""); used += $12 + $13 } END { print used }'`)) * 10;

const owing = async (delayMs?: number) => { pair = await owe(workshop.begin, delayMs); };

describe('before the commit', () => {
  test.each([
    ['sent-RESTORED', 'discarded', 'the destination discarded its copy'],
    ['restore', 'restore-failed', 'the lazy-pages daemon died during the restore'],
  ])('the death of the page daemon costs only the migration, at %s: %s, %s', async (tag, code, message) => {
    pair = await workshop.begin({ megabytes: 64, faults: { destination: `${asked},pages=delay:40,${tag}=delay:6000` } });
    const { seen } = pair.client(2);
    const handoff = pair.ctl('source', 'handoff');
    await pair.until(async () => (await pair.logs()).includes(`fault at ${tag}`), 'moment');
    await pair.kill('destination', 'lazy-pages', 'KILL').catch(() => undefined);
    expect(await handoff).toMatchObject({ ok: false, code, message: expect.stringContaining(message) });
    expect(await pair.state('source')).toBe('running');
    expect(await pair.states('destination')).not.toContain('running');
    expect(await seen()).toMatchObject({ lost: 0, bad: 0, dead: false });
  }, 90_000);
});

describe('while pages are owed', () => {
  test.each([['by the service', 'S'], ['by a child that it has forked since', 'C']] as const)('the death of the page daemon freezes the service, and no page is read as zeros %s', async (_who, by) => {
    await lostPagesAreNotMadeUp(workshop.begin, by);
  }, 90_000);

  test('the death of the destination driver freezes the service too', async () => {
    await owing();
    const [driver] = await pair.pid('destination', '^/opt/carryon/bin/handoff destination');
    await pair.run('destination', `kill -9 ${driver}`);
    await pair.until(async () => (await pair.state('destination')) === 'waiting', 'waiting service');
    expect(await pair.frozen('destination')).toBe(true);
  }, 90_000);

  describe('to a destination whose source has lost its driver', () => {
    const driver = '^/opt/carryon/bin/handoff source';

    test('the next driver at the source serves the rest out of the frozen tree, and every page arrives', async () => {
      pair = await workshop.begin({ megabytes: 256, faults: { destination: `${asked},pages=delay:20` } });
      const { seen } = pair.client(2);
      await pause(2000);
      await pair.must('source', 'handoff');
      await pair.kill('source', driver);
      expect(await pair.pid('source', '[s]wrk')).toEqual([]);
      expect(await pair.frozen('source')).toBe(true);
      await pause(500);
      expect(await pair.raw('destination', 'status')).toContain('"pagesDone":false');
      await pair.revive('source');
      expect(await pair.ctl('destination', 'finish')).toMatchObject({ ok: true, state: 'running' });
      const client = await seen();
      expect(client).toMatchObject({ lost: 0, bad: 0, dead: false });
      expect(client.after).toBe(client.before);
      await pair.until(async () => (await pair.state('source')) === 'relaying', 'retired source');
      expect(await pair.processes('source')).toBe(0);
      expect(await pair.outcome('source')).toBe('committed');
    }, 120_000);

    test('nothing leaves the old sandbox while drivers change', async () => {
      await owing(10);
      await pair.kill('source', driver);
      await pair.revive('source', 'quiet=exit');
      expect(await pair.run('source', 'cat /run/carryon/handoff/m1/exit')).toContain('exit 86');
      expect(await pair.run('source', 'nft list table netdev carryon_quiet')).toContain('policy drop');
      await pair.revive('source');
      expect(await pair.ctl('destination', 'finish')).toMatchObject({ ok: true, state: 'running' });
    }, 90_000);

    test('a page that cannot be read any more freezes the service instead of being made up', async () => {
      await owing();
      await pair.kill('source', driver);
      await pair.revive('source', 'pages-read=fail');
      await pair.until(async () => (await pair.state('destination')) === 'waiting', 'waiting service');
      expect(await pair.frozen('destination')).toBe(true);
    }, 90_000);

    test('memory that has run on since the dump is not sent, by no driver', async () => {
      await owing();
      await pair.kill('source', driver);
      await pair.thaw('source');
      await pair.revive('source', 'quiet=exit');
      await pair.revive('source');
      await pair.until(async () => (await pair.state('destination')) === 'waiting', 'waiting service');
      expect(await pair.frozen('source')).toBe(true);
      expect(await pair.state('source')).toBe('owing');
    }, 90_000);
  });

  test('a service that is taken back is not retired any more, and the record is made later', async () => {
    pair = await workshop.begin({ faults: { source: 'journal-running=fail', destination: `${asked},pages=delay:2000` } });
    await pair.must('source', 'handoff');
    expect(await pair.ctl('source', 'take-back')).toMatchObject({ ok: false, state: 'owing' });
    expect(await pair.frozen('source')).toBe(false);
    expect(await pair.ctl('source', 'finish')).toMatchObject({ ok: false, code: 'taken-back' });
    expect(await pair.processes('source')).toBe(1);
    await pair.kill('source', '^/opt/carryon/bin/handoff source');
    await pair.revive('source');
    await pair.until(async () => (await pair.state('source')) === 'running', 'record that it was taken back');
    expect(await pair.frozen('source')).toBe(false);
  }, 90_000);

  test('a source whose pages nobody needs any more destroys them when it is asked to', async () => {
    pair = await workshop.begin({ faults: { destination: `${asked},pages=delay:2000` } });
    await pair.must('source', 'handoff');
    const finish = pair.ctl('source', 'finish');
    expect(await pair.ctl('source', 'retire')).toMatchObject({ ok: true, state: 'relaying' });
    expect(await finish).toMatchObject({ ok: true, state: 'relaying' });
    expect(await pair.processes('source')).toBe(0);
  }, 90_000);

  test('a driver that died while it took the service back is followed by one that goes on with it', async () => {
    pair = await workshop.begin({ faults: { source: 'repair=exit', destination: `${asked},pages=delay:2000` } });
    await pair.must('source', 'handoff');
    expect(await pair.ctl('source', 'take-back')).toMatchObject({ ok: false });
    expect(await pair.frozen('source')).toBe(true);
    expect(await pair.state('source')).toBe('owing');
    await pair.revive('source');
    await pair.until(async () => (await pair.state('source')) === 'running', 'service that is taken back');
    expect(await pair.frozen('source')).toBe(false);
  }, 90_000);

  test('a page that cannot be reached for long makes the service wait, and go on when the link is back', async () => {
    pair = await workshop.begin({ megabytes: 256, faults: { destination: `${asked},pages=delay:40` } });
    const memory = await pair.ask('S');
    await pair.must('source', 'handoff');
    await cutPages();
    const needsPages = pair.ask('S').catch(() => undefined);
    await waitsForPages();
    expect(await pair.frozen('destination')).toBe(true);
    expect(await pair.ctl('destination', 'finish')).toMatchObject({ ok: false, code: 'pages-missing' });
    await goesOn();
    await needsPages;
    expect(await pair.ask('S')).toBe(memory);
    await pair.until(async () => (await pair.state('source')) === 'relaying', 'retired source');
  }, 180_000);

  test('a thread that waits for such a page inside a system call sleeps meanwhile', async () => {
    pair = await workshop.begin({ megabytes: 64, faults: { destination: `${asked},pages=delay:40` } });
    const memory = await pair.ask('S');
    const reads = pair.ask('V').catch(() => undefined);
    await pair.must('source', 'handoff');
    await pair.until(async () => /^handle_userfault [^-]/m.test(await pair.run('destination', waitsOfThreads)), 'thread that waits inside a system call');
    await cutPages();
    await waitsForPages();
    const used = await processorMs();
    await pause(2000);
    expect(await processorMs() - used).toBeLessThan(400);
    await goesOn();
    await reads;
    expect(await pair.ask('S')).toBe(memory);
  }, 180_000);

  test.each(endsOfCriu)('the debt is paid when the CRIU of the source %s', async (_how, command) => {
    await debtOutlivesCriu(workshop.begin, command);
  }, 90_000);

  test.each([['aborted by the kernel', abort], ['reset on its way', `${reset}; sleep 2; ${mend}`]])(
    'a page connection that is %s comes back, and every page arrives', async (_how, command) => {
      pair = await workshop.begin({ megabytes: 256, faults: { destination: `${asked},pages=delay:10` } });
      const { seen } = pair.client(1);
      await pause(2000);
      await pair.must('source', 'handoff');
      await execa('docker', ['exec', container.destination, 'sh', '-c', command], { reject: false });
      expect(await pair.run('source', 'cat /run/carryon/handoff/m1/driver.log')).toContain('pages connection lost');
      expect(await pair.ctl('destination', 'finish')).toMatchObject({ ok: true });
      const client = await seen();
      expect(client).toMatchObject({ lost: 0, dead: false });
      expect(client.after).toBe(client.before);
      await pair.until(async () => (await pair.state('source')) === 'relaying', 'retired source');
    }, 120_000);
});
