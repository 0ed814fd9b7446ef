import { randomUUID } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { buildRuntime, Outer, workload } from './outer-containers';
import { until } from './two-engines';

jest.setTimeout(180_000);
beforeAll(buildRuntime, 600_000);

let outer: Outer;
const numbers = (lines: string[]) => lines.map((line) => Number(/ stdout F (\d+)$/.exec(line)?.[1]));
const isUp = () => until(() => outer.client.status(), ({ running }) => running, 20_000);
const hasEnded = () => until(() => outer.inspect('{{.State.Status}}'), (status) => status === 'exited', 20_000);

describe('one outer container', () => {
  beforeAll(async () => {
    outer = await Outer.run('edge', randomUUID());
    await outer.start();
    await isUp();
  });
  afterAll(() => outer.remove());

  it('runs the service and says so', async () => {
    expect(await outer.client.status()).toMatchObject({ state: 'running', epoch: 1, cluster: 'edge', service: { name: 'counting' } });
    expect((await outer.client.status()).memoryBytes).toBeGreaterThan(16 * 1024 * 1024);
  });

  it('tells what a plan must know', async () => {
    const facts = await outer.client.inspect();
    expect(facts).toMatchObject({ epoch: 1, execSessions: [], sysvIpc: false, spec: { image: workload }, processes: [{ pid: 1001, comm: 'counting' }] });
    expect(facts.imageBytes).toBeGreaterThan(1024 * 1024);
    expect(facts.host.criuVersion).toMatch(/^4\./);
    expect(facts.host.criuFeatures).toContain('uffd');
    expect(facts.host.freeMemoryBytes).toBeGreaterThan(0);
    expect(facts.host.freeDiskBytes).toBeGreaterThan(0);
  });

  it('names a program that was started beside the application', async () => {
    const stdin = new PassThrough();
    const running = outer.client.exec({ command: ['cat'] }, { stdin, stdout: new PassThrough(), stderr: new PassThrough() });
    await until(() => outer.client.inspect(), ({ execSessions }) => execSessions.some(({ comm }) => comm === 'cat'));
    stdin.end();
    expect(await running).toEqual({ exitCode: 0 });
    await until(() => outer.client.inspect(), ({ execSessions }) => execSessions.length === 0);
  });

  it('ends a program whose caller has gone', async () => {
    const stdout = new PassThrough();
    const running = outer.client.exec({ command: ['sh', '-c', 'while :; do echo x; sleep 0.1; done'] }, { stdout, stderr: new PassThrough() });
    running.catch(() => undefined);
    await until(() => outer.client.inspect(), ({ execSessions }) => execSessions.length > 0);
    await outer.dropConnections();
    await until(() => outer.client.inspect(), ({ execSessions }) => execSessions.length === 0);
  });

  it("runs a program with the application's environment, its streams and its exit code", async () => {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    stdin.end('typed');
    expect(await outer.client.exec({ command: ['sh', '-c', 'cat; echo $PASSWORD; echo oops >&2; exit 5'] }, { stdin, stdout, stderr })).toEqual({ exitCode: 5 });
    expect(String(stdout.read())).toBe('typedhunter2\n');
    expect(String(stderr.read())).toBe('oops\n');
  });

  it('follows the log without losing or repeating a line', async () => {
    const stream = await outer.client.logs({ follow: true, tail: 5 });
    let text = '';
    for await (const chunk of stream) {
      text += String(chunk);
      if (text.split('\n').length > 120) break;
    }
    const seen = numbers(text.split('\n').slice(0, -1));
    expect(seen).toEqual(seen.map((_, i) => (seen[0] ?? 0) + i));
  });

  it('goes on while its engine is killed, and the engine finds it again', async () => {
    const before = (await outer.client.inspect()).processes;
    await outer.killEngine();
    await isUp();
    expect((await outer.client.inspect()).processes[0]?.pid).toBe(before[0]?.pid);
    const seen = numbers(await outer.log());
    expect(seen).toEqual(seen.map((_, i) => i));
  });

  it('shows the service nothing of the outer container', async () => {
    const stdout = new PassThrough();
    await outer.client.exec({ command: ['sh', '-c', 'ls / /dev; ps'] }, { stdout, stderr: new PassThrough() });
    expect(String(stdout.read())).not.toMatch(/opt|volumes|engine|node/);
  });

  it('writes no secret to its log, and the specification for root only', async () => {
    expect(await outer.sh('cat /var/lib/carryon/log/engine.log')).not.toContain('hunter2');
    expect(await outer.sh('stat -c %a /var/lib/carryon/service.json /var/lib/carryon/tls/key.pem /var/lib/carryon/tls/wg.key')).toBe('600\n600\n600');
  });

  it('is stopped with the exit code of the application, and so ends the container', async () => {
    expect(await outer.client.stop(5_000)).toEqual({ exitCode: 143 });
    await hasEnded();
    expect(await outer.inspect('{{.State.ExitCode}}')).toBe('143');
  });
});

describe('a restart of the container', () => {
  beforeEach(async () => {
    outer = await Outer.run('edge', randomUUID(), { restart: 'on-failure' });
  });
  afterEach(() => outer.remove());

  it('starts the service fresh by the restart policy when it failed, with its files kept', async () => {
    await outer.start({ entrypoint: ['/bin/sh', '-c', 'echo x >>/tmp/starts; exec /bin/counting 1 10'] });
    await isUp();
    await outer.sh('kill -KILL $(for p in /proc/[0-9]*; do read name <$p/comm 2>/dev/null && [ "$name" = counting ] && echo ${p#/proc/}; done)');
    await until(() => outer.inspect('{{.RestartCount}} {{.NetworkSettings.IPAddress}}'), (told) => /^1 \d/.test(told), 20_000);
    await outer.findAddress();
    await isUp();
    const stdout = new PassThrough();
    await outer.client.exec({ command: ['cat', '/tmp/starts'] }, { stdout, stderr: new PassThrough() });
    expect(String(stdout.read())).toBe('x\nx\n');
  });
});
