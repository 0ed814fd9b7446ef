import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { execa } from 'execa';
import { buildRuntime, Outer } from './support/outer';
import type { SandboxProcess } from '../../../engine/ports';

jest.setTimeout(120_000);

describe('an application in its sandbox', () => {
  let outer: Outer;
  beforeAll(buildRuntime, 900_000);
  afterEach(() => outer.remove());

  it('is PID 1001, and child of PID 1', async () => {
    outer = await Outer.run();
    await outer.start('echo pid $$ parent $PPID; sleep 1000');
    expect(await outer.logContains('parent')).toBe('pid 1001 parent 1');
  });

  it('is born in its freezer, which PID 1 leaves, whoever asks for the sandbox meanwhile', async () => {
    outer = await Outer.run();
    const { pid, freezer } = await outer.start('exec sleep 1000');
    const root = (await outer.verb<SandboxProcess[]>('processes')).find(({ innerPid }) => innerPid === 1001);
    expect((await outer.sh(`cat ${freezer}/cgroup.procs`)).split('\n')).toEqual([String(root?.pid)]);
    expect(root?.pid).not.toBe(pid);
  });

  it('that was not born when its engine died is known as such, and one that was as well', async () => {
    outer = await Outer.run();
    await outer.start('echo never', { mode: 'prepare' });
    expect(await outer.verb('conclude')).toBe(false);
    await outer.verb('init', 'main none');
    await outer.verb('destroy');
    const { pid, freezer } = await outer.start('echo born; exec sleep 1000');
    await outer.logContains('born');
    // As if its engine had died before PID 1 left.
    await outer.sh(`echo ${pid} > ${freezer}/cgroup.procs`);
    expect(await outer.verb('conclude')).toBe(true);
    expect((await outer.sh(`cat ${freezer}/cgroup.procs`)).split('\n')).not.toContain(String(pid));
    expect((await outer.logs()).stdout).not.toContain('never');
  });

  it('keeps a daemon that it forked twice in its tree, unlike an exec session', async () => {
    outer = await Outer.run();
    await outer.start('(setsid sh -c "exec sleep 500" &) ; echo forked; sleep 1000');
    await outer.logContains('forked');
    await outer.verb('exec', { command: ['sh', '-c', 'setsid sleep 600 >/dev/null 2>&1 &'] });
    const processes = await outer.verb<SandboxProcess[]>('processes');
    expect(processes.find(({ innerPid }) => innerPid === 1001)).toMatchObject({ inTree: true });
    const sleeps = await Promise.all(processes.filter(({ comm }) => comm === 'sleep').map(async (each) => [await outer.sh(`tr '\\0' ' ' < /proc/${each.pid}/cmdline`), each.inTree]));
    expect(Object.fromEntries(sleeps)).toEqual({ 'sleep 500 ': true, 'sleep 600 ': false, 'sleep 1000 ': true });
  });

  it('gives the container its exit code', async () => {
    outer = await Outer.run();
    await outer.start('echo bye; sleep 0.5; exit 3');
    expect(await outer.exitCode()).toBe(3);
    expect((await outer.logs()).stdout).toBe('bye');
  });

  it('killed by SIGKILL ends the container with 137', async () => {
    outer = await Outer.run();
    await outer.start('sleep 0.5; kill -KILL $$');
    expect(await outer.exitCode()).toBe(137);
  });

  it('that cannot be found ends the container with 127 and says so', async () => {
    outer = await Outer.run();
    await outer.start('', { command: ['/no/such/program'] }).catch(() => undefined); // it may be over before the answer
    expect(await outer.exitCode()).toBe(127);
    expect((await outer.logs()).stderr).toContain('"/no/such/program": No such file or directory');
  });

  it('gets the SIGTERM of docker stop', async () => {
    outer = await Outer.run();
    await outer.start('trap "echo asked to end; exit 7" TERM; echo ready; while :; do sleep 0.1; done');
    await outer.logContains('ready');
    await execa('docker', ['stop', '--time', '20', outer.name]);
    expect(await outer.exitCode()).toBe(7);
    expect((await outer.logs()).stdout).toContain('asked to end');
  });

  it('runs on while the engine dies and comes back', async () => {
    outer = await Outer.run();
    await outer.start('echo begun; while :; do sleep 0.2; echo alive; done');
    await outer.logContains('begun');
    const engine = () => outer.sh("for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline 2>/dev/null | grep -qx '/usr/bin/node /opt/carryon/engine.js ' && basename $p; done || true");
    const before = await engine();
    await outer.sh(`kill -KILL ${before}`);
    let after = '';
    for (const deadline = Date.now() + 10_000; !after && Date.now() < deadline; ) after = (await engine()) === before ? '' : await engine();
    expect(after).toMatch(/^\d+$/);
    expect(await outer.verb('find')).toMatchObject({ pid: expect.any(Number) });
    const lines = async () => (await outer.logs()).stdout.split('\n').length;
    const seen = await lines();
    await outer.sh('sleep 1');
    expect(await lines()).toBeGreaterThan(seen);
    expect(await outer.sh('grep -c began /var/lib/carryon/log/engine.log')).toBe('2');
  });

  it('leaves a container that ends at once on SIGTERM when there is none', async () => {
    outer = await Outer.run();
    await execa('docker', ['stop', '--time', '20', outer.name]);
    expect(await outer.exitCode()).toBe(0);
  });

  it('can be destroyed and made again', async () => {
    outer = await Outer.run();
    await outer.start('sleep 1000');
    expect(await outer.verb('init', 'main none')).toBe('ok');
    await outer.verb('destroy');
    expect(await outer.verb('find')).toBeNull();
    expect(await outer.sh('find /sys/fs/cgroup -name "carryon-sandbox*" | wc -l; grep -c /run/carryon/rootfs /proc/mounts || true')).toBe('0\n0');
    await outer.start('echo again $$; sleep 1000');
    await outer.logContains('again 1001');
  });

  it('frozen can be destroyed without running again', async () => {
    outer = await Outer.run();
    const { freezer } = await outer.start('echo begun; while :; do sleep 0.05; echo tick; done');
    await outer.logContains('tick');
    await outer.verb('init', 'main none');
    await outer.sh(`if [ -e ${freezer}/freezer.state ]; then echo FROZEN > ${freezer}/freezer.state; else echo 1 > ${freezer}/cgroup.freeze; fi; sleep 0.3`);
    const frozen = (await outer.logs()).stdout;
    await outer.verb('destroy');
    expect((await outer.logs()).stdout).toBe(frozen);
    expect(await outer.verb('find')).toBeNull();
  });
});
