import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { address, pause, type Pair, type PairOptions } from './pair';
import { useWorkshop } from './workshop';

let pair: Pair;
const workshop = useWorkshop();
const begin = async (options: PairOptions) => { pair = await workshop.begin(options); };

/** Source's log, then the destination's: every line that the application wrote, in order. */
async function loggedNumbers(): Promise<number[]> {
  const text = await pair.run('destination', "cat /var/lib/carryon/log/app.log");
  return [...text.matchAll(/ line (\d+)$/gm)].map((match) => Number(match[1]));
}

describe('a post-copy handoff that commits', () => {
  test('keeps 128 MiB of memory and every connection, and says how long it took', async () => {
    await begin({ megabytes: 128 });
    const { seen } = pair.client(5);
    await pause(1500);
    const answer = await pair.ctl('source', 'handoff');
    expect(answer).toMatchObject({ ok: true });
    expect(await pair.ctl('destination', 'finish')).toMatchObject({ ok: true, state: 'running' });
    const client = await seen();
    console.log(`downtime ${answer.downtimeMs} ms, client-visible ${client.pushGapMs} / ${client.echoGapMs} ms`);
    expect(client).toMatchObject({ lost: 0, bad: 0, dead: false });
    expect(client.after).toBe(client.before);
    expect(client.pushes).toBeGreaterThan(1000);
    expect(answer.downtimeMs).toBeLessThan(1000); // a loaded test machine: the bench measures
    expect((await pair.states('source')).slice(-4)).toEqual(['frozen', 'handedOff', 'owing', 'relaying']);
    expect((await pair.states('destination')).slice(-2)).toEqual(['gated', 'running']);
    expect(await pair.processes('source')).toBe(0);
  }, 90_000);

  test.each([['post-copy', ['handoff']], ['stop-and-copy', ['freeze', 'final-dump', 'transfer', 'restore', 'commit']]] as const)(
    'waits a moment for an application that has connections to accept, and takes them along (%s)', async (strategy, verbs) => {
      await begin({ strategy });
      const application = '$(cat $(cat /run/carryon/freezer)/cgroup.procs)';
      await pair.run('source', `kill -STOP ${application}`);
      const socket = connect(8080, address.source);
      await once(socket, 'connect');
      const goesOn = "while (!fs.readFileSync('/run/carryon/handoff/m1/events.ndjson').includes('held')); setTimeout(() => process.kill(Number(process.argv[1]), 'SIGCONT'), 10)";
      const accepts = pair.run('source', `node -e "${goesOn}" ${application}`);
      await pause(500);
      for (const verb of verbs) await pair.must('source', verb);
      await accepts;
      socket.write('e');
      expect(String((await once(socket, 'data'))[0])).toBe('e');
      socket.destroy();
    }, 90_000);

  test('carries threads, child processes, and lets the application fork on', async () => {
    await begin({ threads: 10, processes: 4 });
    const { seen } = pair.client();
    await pause(1000);
    await pair.must('source', 'handoff');
    expect(await pair.ctl('destination', 'finish')).toMatchObject({ ok: true });
    const [, child, code] = (await pair.ask('K')).split(' ');
    expect(code).toBe('7');
    expect(Number(child)).toBeGreaterThan(1004 + 9);
    expect(await pair.processes('destination')).toBe(4);
    expect(await seen()).toMatchObject({ lost: 0, bad: 0, dead: false });
  }, 90_000);

  test('leaves every line of the log exactly once', async () => {
    await begin({});
    await pause(500);
    await pair.must('source', 'handoff');
    await pause(500);
    const numbers = await loggedNumbers();
    expect(numbers.length).toBeGreaterThan(40);
    expect(numbers).toEqual(numbers.map((_, index) => index));
  }, 90_000);

  test('moves the files that changed since the snapshot, and removes what is gone', async () => {
    await begin({ config: { source: ['snapshot=/run/carryon/snapshot'] } });
    const upper = '/var/lib/carryon/layer/upper';
    await pair.run('source', `P=$(cat /run/carryon/sandbox.pid); R=/proc/$P/root; mkdir -p $R/data/deep; echo same > $R/data/same; echo old > $R/data/deep/changed; echo gone > $R/data/gone; ln $R/data/same $R/data/link; mkdir $R/opaque; echo a > $R/opaque/a`);
    await pair.run('source', `cd /; tar -cf - -C /volumes/data . | cat > /fixtures/data.tar; tar --xattrs --xattrs-include='*' -cf /fixtures/upper.tar -C ${upper} .; sleep 0.1; /opt/carryon/bin/handoff snapshot ${upper} /volumes/data > /run/carryon/snapshot`);
    await pair.run('destination', 'tar -xf /fixtures/data.tar -C /volumes/data; P=$(cat /run/carryon/sandbox.pid); tar -xf /fixtures/upper.tar -C /proc/$P/root');
    await pair.run('source', 'R=/proc/$(cat /run/carryon/sandbox.pid)/root; echo new > $R/data/deep/changed; rm $R/data/gone; ln -s same $R/data/symlink; echo in memory > $R/dev/shm/segment; rm -r $R/opaque; truncate -s 1M $R/data/sparse; echo end >> $R/data/sparse');
    expect(await pair.ask('F')).toBe('F 10');
    const inodeBefore = await pair.run('destination', 'stat -c %i /volumes/data/same');
    await pair.must('source', 'handoff');
    const root = '/proc/$(cat /run/carryon/sandbox.pid)/root';
    expect((await pair.run('destination', `cd ${root}; cat data/deep/changed data/symlink dev/shm/segment data/file etc/service.conf; ls data etc opaque 2>/dev/null | tr '\\n' ' '`)).trim())
      .toBe('new\nsame\nin memory\n012345678910\ndata: deep file link same sparse symlink  etc: service.conf');
    expect(await pair.run('destination', 'stat -c %i /volumes/data/same')).toBe(inodeBefore);
    expect(Number(await pair.run('destination', 'stat -c %b /volumes/data/sparse'))).toBeLessThan(64);
    expect(await pair.run('destination', `ls -l ${upper}/etc/doomed | cut -c1`)).toBe('c');
    expect(await pair.ask('F')).toBe('F 20');
  }, 90_000);

  test('sends memory after the commit wherever in their pages the stacks of threads end', async () => {
    await begin({ megabytes: 64, threads: 257 });
    const answer = await pair.must('source', 'handoff');
    expect(answer.bytes).toBeLessThan(16 << 20);
    const { seen } = pair.client(1);
    expect(await seen()).toMatchObject({ lost: 0, bad: 0, dead: false });
  }, 90_000);

  test('restores SysV shared memory with the tree', async () => {
    await begin({ environment: { SYSV: '1' }, config: { source: ['ipc=dump'], destination: ['ipc=dump'] } });
    expect(await pair.ask('I')).toBe('I 1001 4711');
    const answer = await pair.ctl('source', 'handoff');
    expect(answer).toMatchObject({ ok: true });
    expect(await pair.ask('I')).toBe('I 1001 4711');
  }, 90_000);
});

describe('a stop-and-copy that commits', () => {
  test('goes step by step, each of which may be repeated, and loses nothing', async () => {
    await begin({ megabytes: 64, strategy: 'stop-and-copy' });
    const { seen } = pair.client(3);
    await pause(1000);
    for (const verb of ['freeze', 'freeze', 'final-dump', 'final-dump', 'transfer', 'transfer', 'restore', 'restore', 'commit', 'commit', 'finish'])
      expect([verb, await pair.ctl('source', verb)]).toEqual([verb, expect.objectContaining({ ok: true })]);
    const client = await seen();
    expect(client).toMatchObject({ lost: 0, bad: 0, dead: false });
    expect(client.after).toBe(client.before);
    expect(await pair.state('source')).toBe('relaying');
    expect(await pair.state('destination')).toBe('running');
    const numbers = await loggedNumbers();
    expect(numbers).toEqual(numbers.map((_, index) => index));
  }, 90_000);

  test('goes on after the death of the source driver between two steps', async () => {
    await begin({ strategy: 'stop-and-copy' });
    const { seen } = pair.client(1);
    await pause(500);
    for (const verb of ['freeze', 'final-dump']) expect(await pair.ctl('source', verb)).toMatchObject({ ok: true });
    await pair.kill('source', '^/opt/carryon/bin/handoff source');
    expect(await pair.frozen('source')).toBe(true);
    await pair.run('source', 'rm -f /run/carryon/handoff/m1/exit /run/carryon/handoff/m1/events.ndjson');
    await pair.driver('source');
    for (const verb of ['transfer', 'restore', 'commit']) expect([verb, await pair.ctl('source', verb)]).toEqual([verb, expect.objectContaining({ ok: true })]);
    expect(await seen()).toMatchObject({ lost: 0, bad: 0, dead: false });
  }, 90_000);
});
