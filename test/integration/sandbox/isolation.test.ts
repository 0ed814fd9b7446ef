import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { buildRuntime, Outer } from './support/outer';
import type { SandboxProcess } from '../../../engine/ports';

jest.setTimeout(120_000);

describe('inside a sandbox', () => {
  let outer: Outer;
  beforeAll(buildRuntime, 900_000);
  afterEach(() => outer.remove());

  /** Output of a script that runs as the application, up to its end mark. */
  const output = async (script: string, more: Parameters<Outer['start']>[1] = {}) => {
    outer = await Outer.run();
    await outer.start(`{ ${script}\n} 2>&1; echo end-mark; sleep 1000`, more);
    return (await outer.logContains('end-mark')).replace(/\n?end-mark$/, '');
  };

  it('root sees neither files nor processes nor sockets of the outer container', async () => {
    const seen = await output('ls /var/lib/carryon /opt/carryon /run/carryon /var/lib/carryon-images /volumes; ls /proc | grep -cx "[0-9]*"; ls /dev/net /dev/fuse; ls -la /proc/1/root/opt/');
    expect(seen.match(/No such file or directory/g)).toHaveLength(7);
    expect(seen).not.toContain('carryon\n');
    // PID 1, the shell, ls and grep.
    expect(Number(/^(\d+)$/m.exec(seen)?.[1])).toBeLessThanOrEqual(5);
  });

  it('root cannot mount, enter namespaces, load modules, set the clock or reach devices of the host', async () => {
    const attempts = ['mount -t tmpfs tmpfs /mnt', 'unshare -n true', 'unshare -U true', 'date -s @0', 'mknod /tmp/disk b 8 0 && head -c 1 /tmp/disk', 'mknod /tmp/tun c 10 200 && cat /tmp/tun', 'echo 5 > /proc/sys/kernel/ns_last_pid', 'echo 1 > /sys/fs/cgroup/pids/cgroup.procs', 'mknod /tmp/null c 1 3 && echo x > /tmp/null'];
    const seen = await output(attempts.map((attempt) => `(${attempt}) >/dev/null 2>&1 && echo allowed || echo refused`).join('; '));
    // The last one, which is allowed, shows that the way of asking works.
    expect(seen.split('\n')).toEqual([...attempts.slice(1).map(() => 'refused'), 'allowed']);
  });

  it('io_uring is not there, and other calls outside the profile are not permitted', async () => {
    const call = (number: number, args: string) => `perl -e '$! = 0; my $b = "\\0" x 200; syscall(${number}, ${args}); printf "%d\\n", $!'`;
    const [ENOSYS, EPERM] = ['38', '1'];
    const seen = await output([call(425, '8, $b'), call(426, '0, 1, 0, 0, 0, 0'), call(427, '0, 0, 0, 0'), call(435, '$b, 64'), call(321, '0, $b, 64'), call(246, '0, 0, 0, 0'), call(39, '')].join('; '));
    expect(seen.split('\n')).toEqual([ENOSYS, ENOSYS, ENOSYS, ENOSYS, EPERM, EPERM, '0']);
  });

  it('the clocks have the offsets that were asked for', async () => {
    const seen = await output('cut -d. -f1 /proc/uptime; perl -e "my \\$b = qq(\\0) x 16; syscall(228, 1, \\$b); print((unpack q(qq), \\$b)[0])"; echo', { clock: 1_000_000 });
    const host = Number(await outer.sh('cut -d. -f1 /proc/uptime'));
    for (const time of seen.trim().split('\n').map(Number)) {
      expect(time - host).toBeGreaterThan(999_980);
      expect(time - host).toBeLessThanOrEqual(1_000_000);
    }
  });

  it('an image with a user other than root runs as that user, with its groups and home and without capabilities', async () => {
    const script = 'id -u; id -g; echo $HOME $(pwd) $GREETING $ASKED; grep CapEff /proc/self/status';
    outer = await Outer.run();
    await outer.start('', { config: { User: 'games', WorkingDir: '/srv/new', Env: ['GREETING=hello'], Cmd: ['sh', '-c', `${script}; echo end-mark; sleep 1000`] }, env: { ASKED: 'yes' } });
    expect(await outer.logContains('end-mark')).toBe('5\n60\n/usr/games /srv/new hello yes\nCapEff:\t0000000000000000\nend-mark');
  });

  it('hosts, hostname and resolv.conf are the container’s own, and the default capabilities are Docker’s', async () => {
    const seen = await output('hostname; cat /etc/hostname; grep 10.99.0.2 /etc/hosts; grep -c nameserver /etc/resolv.conf; grep CapBnd /proc/self/status');
    expect(seen).toMatch(/^3f2b8f4e57c2\n3f2b8f4e57c2\n10\.99\.0\.2\t3f2b8f4e57c2\n[1-9]\nCapBnd:\t00000000a80425fb$/);
  });

  it('more memory than the limit is answered by a kill that ends the container with 137', async () => {
    outer = await Outer.run();
    await outer.start(`sleep 0.5; exec perl -e '$x = "x" x (200 * 1024 * 1024); print "survived\\n"'`, { memoryBytes: 64 * 1024 * 1024 });
    expect(await outer.exitCode()).toBe(137);
    expect((await outer.logs()).stdout).not.toContain('survived');
  });

  it('the application alone is in its freezer', async () => {
    outer = await Outer.run();
    const { pid, freezer } = await outer.start('sleep 500 & sleep 1000');
    await outer.sh('sleep 0.3');
    const processes = await outer.verb<SandboxProcess[]>('processes');
    const frozen = (await outer.sh(`cat ${freezer}/cgroup.procs`)).split('\n').map(Number);
    expect(frozen.sort()).toEqual(processes.map((each) => each.pid).sort());
    expect(frozen).not.toContain(pid);
    expect(frozen).toHaveLength(3);
  });

  it('a new volume begins with the image’s files, a volume with content keeps its own', async () => {
    const name = `carryon-test-sandbox-volume-${process.pid}`;
    outer = await Outer.run(['--volume', `${name}:/volumes/conf`]);
    const look = 'stat -c "%U %a" /var/games; ls /usr/share/common-licenses | grep -cx Apache-2.0; [ -e /usr/share/common-licenses/mine ] && echo kept; touch /usr/share/common-licenses/mine; echo end-mark; sleep 1000';
    const volumes = [{ name: 'conf', path: '/usr/share/common-licenses' }];
    await outer.start(look, { volumes });
    expect(await outer.logContains('end-mark')).not.toContain('kept');
    expect(await outer.sh('ls /volumes/conf | grep -c Apache-2.0')).toBe('1');
    await outer.verb('init', 'main none');
    await outer.verb('destroy');
    await outer.sh('rm /volumes/conf/Apache-2.0');
    await outer.start(look, { volumes });
    expect(await outer.logContains('kept')).toContain('\n0\nkept');
  });

  it('an exec session has the application’s environment, limits and rights', async () => {
    outer = await Outer.run();
    const { pid } = await outer.start('sleep 1000', { env: { SECRET: 'of the service' }, memoryBytes: 64 * 1024 * 1024 });
    const { stdout } = await outer.verb<{ stdout: string }>('exec', { command: ['sh', '-c', 'echo $SECRET; grep -E "CapBnd|Seccomp:" /proc/self/status; cat /proc/self/cgroup'] });
    expect(stdout).toContain('of the service\nCapBnd:\t00000000a80425fb\nSeccomp:\t2\n');
    const own = await outer.sh(`cat /proc/${pid}/cgroup`);
    expect(own).toContain('carryon-sandbox');
    expect(stdout).not.toContain('..');
    expect(await outer.sh('ls /run/carryon | grep -c exec- || true')).toBe('0');
  });

  it('a file in the place of passwd that never ends, or leads out, does no harm', async () => {
    outer = await Outer.run();
    await outer.start('rm /etc/passwd; mkfifo /etc/passwd; echo made; sleep 1000');
    await outer.logContains('made');
    expect(await outer.verb('exec', { command: ['echo', 'still'] })).toMatchObject({ stdout: 'still', exitCode: 0 });
  });
});
