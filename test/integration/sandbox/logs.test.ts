import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { buildRuntime, Outer } from './support/outer';

jest.setTimeout(120_000);

const record = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z (stdout|stderr) ([FP]) (.*)$/;

/** Text of one stream, from records in CRI format; throws on a line that is none. */
function textOf(appLog: string, wanted: 'stdout' | 'stderr'): string {
  return appLog
    .split('\n')
    .map((line) => {
      const match = record.exec(line);
      if (!match) throw new Error(`not a record: ${line.slice(0, 100)}`);
      const [, stream, kind, text = ''] = match;
      return stream === wanted ? text + (kind === 'F' ? '\n' : '') : '';
    })
    .join('');
}

describe('the output of an application', () => {
  let outer: Outer;
  const appLog = () => outer.sh('cat /var/lib/carryon/log/app.log');
  beforeAll(buildRuntime, 900_000);
  afterEach(() => outer.remove());

  it('reaches docker logs and app.log complete, though it comes fast, in pieces and on two streams', async () => {
    outer = await Outer.run();
    const program = `$| = 1; for my $i (1..20000) { syswrite STDOUT, "line "; syswrite STDOUT, "$i\\n"; syswrite STDERR, "e$i\\n" if $i % 100 == 0 } syswrite STDOUT, "x" x 50000 . "\\nall\\n"; sleep 1000`;
    await outer.start(`exec perl -e '${program}'`);
    await outer.logContains('all');
    const expected = `${Array.from({ length: 20000 }, (_, i) => `line ${i + 1}\n`).join('')}${'x'.repeat(50000)}\nall\n`;
    expect(textOf(await appLog(), 'stdout')).toBe(expected);
    const logs = await outer.logs();
    expect(`${logs.stdout}\n`).toBe(expected);
    expect(textOf(await appLog(), 'stderr').trim().split('\n')).toHaveLength(200);
  });

  it('is complete when the application ends right after it', async () => {
    outer = await Outer.run();
    await outer.start(`sleep 0.5; exec perl -e 'print "z" x 99, "\n" for 1..5000; print "no newline"'`);
    expect(await outer.exitCode()).toBe(0);
    const expected = `${`${'z'.repeat(99)}\n`.repeat(5000)}no newline`;
    expect((await outer.logs()).stdout).toBe(expected);
    expect(textOf(await outer.fileOfStopped('/var/lib/carryon/log/app.log'), 'stdout')).toBe(`${expected}\n`);
  });

  it('is in app.log to its last byte after a drain, an unfinished line marked as such', async () => {
    outer = await Outer.run();
    await outer.start('printf "one\\ntw"; while [ ! -e /go ]; do sleep 0.1; done; printf "o\\n"; sleep 1000');
    await outer.logContains('one');
    await outer.sh('sleep 0.5');
    const [, bytes] = (await outer.verb<string>('init', 'drain')).split(' ');
    const log = await appLog();
    expect(Buffer.byteLength(`${log}\n`)).toBe(Number(bytes));
    expect(log.split('\n').map((line) => line.split(' ').slice(1).join(' '))).toEqual(['stdout F one', 'stdout P tw']);
    await outer.sh('touch /run/carryon/rootfs/go');
    await outer.logContains('two');
    expect(textOf(await appLog(), 'stdout')).toBe('one\ntwo\n');
  });

  it('goes on in a file that a peer put in place', async () => {
    outer = await Outer.run();
    await outer.start('echo here; while [ ! -e /go ]; do sleep 0.1; done; echo there; sleep 1000');
    await outer.logContains('here');
    await outer.sh('cd /var/lib/carryon/log && echo "2026-01-01T00:00:00.000000000Z stdout F before" > new && mv new app.log');
    expect(await outer.verb('init', 'reopen')).toBe('ok');
    await outer.sh('touch /run/carryon/rootfs/go');
    await outer.logContains('there');
    expect(textOf(await appLog(), 'stdout')).toBe('before\nthere\n');
  });

  it('is rotated, without losing a line at the seam', async () => {
    outer = await Outer.run();
    await outer.start(`exec perl -e 'for my $i (1..240000) { print "$i ", "y" x 60, "\\n" } $| = 1; print ""; sleep 1000'`);
    await outer.logContains('240000 y');
    const files = (await outer.sh('cd /var/lib/carryon/log && ls app.log*')).split('\n');
    expect(files).toEqual(['app.log', 'app.log.1', 'app.log.2']);
    const count = await outer.sh("cd /var/lib/carryon/log && cat app.log.2 app.log.1 app.log | grep ' stdout F ' | awk '{ if ($4 != ++n) { print \"gap at\", $4; exit } } END { print n }'");
    expect(count).toBe('240000');
  });

  it('goes on when the disk is full, and app.log says afterwards how much it lacks', async () => {
    outer = await Outer.run(['--mount', 'type=tmpfs,destination=/var/lib/carryon,tmpfs-size=2097152']);
    await outer.start('echo first; while [ ! -e /dev/shm/fill ]; do sleep 0.05; done; for i in 1 2 3; do echo "lost $i $(head -c 9000 /dev/zero | tr "\\\\0" l)"; sleep 0.1; done; while [ -e /dev/shm/fill ]; do sleep 0.05; done; echo last; sleep 1000');
    await outer.logContains('first');
    const pid = (await outer.verb<{ pid: number }>('find')).pid;
    await outer.sh(`for i in 1 2 3 4 5 6 7 8; do dd if=/dev/zero bs=4k 2>/dev/null >> /var/lib/carryon/fill; done; touch /proc/${pid}/root/dev/shm/fill`);
    await outer.logContains('lost 3');
    await outer.sh(`rm /var/lib/carryon/fill /proc/${pid}/root/dev/shm/fill`);
    await outer.logContains('last');
    expect(await appLog()).toMatch(/stderr F carryon: \d+ log lines were not written to disk: No space left on device\n\S+ stdout F last$/);
  });

  it('of a user other than root can be reopened by name', async () => {
    outer = await Outer.run();
    await outer.start('echo by name > /dev/stdout; echo as error > /dev/stderr; sleep 1000', { config: { User: 'nobody', Cmd: ['/bin/sh', '-c', 'echo by name > /dev/stdout; echo as error > /dev/stderr; sleep 1000'] } });
    await outer.logContains('as error');
    expect((await outer.logs()).stdout).toBe('by name');
  });
});

describe('init', () => {
  let outer: Outer;
  beforeAll(buildRuntime, 900_000);
  afterEach(() => outer.remove());

  it('answers what it does not understand, and goes on', async () => {
    outer = await Outer.run();
    expect(await outer.verb('init', 'nonsense')).toMatch(/^error: unknown request/);
    expect(await outer.verb('init', 'main 99999')).toBe('error: this process is not a child of init');
    expect(await outer.verb('init', 'main 1x')).toMatch(/^error/);
    expect(await outer.verb('init', 'exit 256')).toMatch(/^error/);
    expect(await outer.verb('init', 'main none')).toBe('ok');
  });

  it('ends with the code that it is given', async () => {
    outer = await Outer.run();
    await outer.verb('init', 'exit 42').catch(() => undefined);
    expect(await outer.exitCode()).toBe(42);
  });

  it('keeps its socket, state and logs to root', async () => {
    outer = await Outer.run();
    await outer.sh('until [ -s /var/lib/carryon/log/engine.log ]; do sleep 0.05; done');
    expect(await outer.sh('stat -c "%a %U" /run/carryon /run/carryon/init.sock /var/lib/carryon/log /var/lib/carryon/log/engine.log')).toBe('700 root\n600 root\n700 root\n600 root');
  });

  it('knows the exit code of a main process that ended before it was named', async () => {
    outer = await Outer.run();
    const { pid } = await outer.start('sleep 1000', { mode: 'adopt' });
    await outer.sh(`kill -KILL ${pid}; sleep 0.2`);
    await outer.verb('init', `main ${pid}`).catch(() => undefined);
    expect(await outer.exitCode()).toBe(137);
  });
});
