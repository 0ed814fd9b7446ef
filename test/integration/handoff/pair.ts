import { execa } from 'execa';
import { access, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { killIfThere } from '../../../engine/sandbox/kill-if-there';
import { namePrefix, worker } from '../worker';
import { removeContainers } from './remove-containers';

/** Two outer containers with a sandbox each, the service running in the first. Network and sandbox are test stand-ins; init, CRIU and driver are the real ones. */
export interface PairOptions {
  megabytes?: number;
  threads?: number;
  processes?: number;
  strategy?: 'post-copy' | 'stop-and-copy';
  environment?: Record<string, string>;
  faults?: { source?: string; destination?: string };
  /** Directory with a `handoff` to test instead of the image's own. */
  driver?: string;
  /** Rules that a driver does not keep, if it was built so that it can leave them out. */
  mutations?: { source?: string; destination?: string };
  config?: { source?: string[]; destination?: string[] };
  epoch?: number;
  /** Lines that the journals hold before. */
  journal?: { source?: string[]; destination?: string[] };
}

export type Side = 'source' | 'destination';
export interface Answer { ok: boolean; code?: string; state?: string; message?: string; downtimeMs?: number; held?: number; bytes?: number }
/** `t`: ns since 1970. */
export interface DriverEvent { t: number; step: string; state?: string; outcome?: string; ms: number; bytes?: number; packets?: number; downtimeMs?: number }
export interface Seen { pushGapMs: number; echoGapMs: number; lost: number; pushes: number; echos: number; bad: number; dead: boolean; before: string; after: string }

export const image = process.env.CARRYON_TEST_IMAGE ?? 'carryon-runtime:latest';
/** The same for all pairs that do not say which. */
const driverDirectory = process.env.CARRYON_TEST_DRIVER;
/** Network of the first worker; the next one's follows. Another one lets two runs share a machine. */
const first = process.env.CARRYON_TEST_NETWORK ?? '172.31.79';
const block = first.replace(/\d+$/, (last) => String(Number(last) + worker - 1));
const prefix = namePrefix('cb-test');
export const network = `cb-test-${block}`;
export const subnet = `${block}.0/24`;
export const address: Record<Side, string> = { source: `${block}.2`, destination: `${block}.3` };
export const container: Record<Side, string> = { source: `${prefix}-source`, destination: `${prefix}-destination` };
const directory = '/run/carryon/handoff/m1';
const journal = '/var/lib/carryon/journal.ndjson';
const layer = '/var/lib/carryon/layer';
/** The page daemon's child, with the same command line: it is to outlive it. */
const keepsDescriptors = 'lazy-pages-fds';
const sides: Side[] = ['source', 'destination'];
export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const capabilities = [
  '--cap-add', 'ALL', '--cap-drop', 'SYS_RESOURCE', '--security-opt', 'seccomp=unconfined', '--security-opt', 'apparmor=unconfined',
  '--security-opt', 'systempaths=unconfined', '--cgroupns=private', '--tmpfs', '/run:exec', '--device', '/dev/net/tun',
];

function configLines(side: Side, o: PairOptions, sandbox: string, freezer: string): string[] {
  const own = side === 'source' ? 'a' : 'b';
  const peer = side === 'source' ? 'b' : 'a';
  const common = [
    'migration=m1', 'service=s1', `epoch=${o.epoch ?? 1}`, `strategy=${o.strategy ?? 'post-copy'}`, `journal=${journal}`,
    `dir=${directory}`, `upper=${layer}/upper`, 'volumes=/volumes/data', 'tmpfs=/dev/shm', 'applog=/var/lib/carryon/log/app.log',
    `dumpdir=/var/lib/carryon/dump/${o.epoch ?? 1}`, `cert=/fixtures/${own}.pem`, `key=/fixtures/${own}.key`, `peerca=/fixtures/${peer}-ca.pem`,
    `peername=carryon://${peer}/service/s1`, `sandboxpid=${sandbox}`, `freezer=${freezer}`, 'routelocal=route replace 10.99.0.2 dev vh',
  ];
  const source = [
    `peer=${address.destination}:7444`, 'hold=hold0', 'routehold=route replace 10.99.0.2 dev hold0',
    'routepeer=route replace 10.99.0.2 via 10.98.0.2 dev vx1', 'nestedaddr=10.99.0.2', 'localdev=vh', 'localmac=02:00:00:00:00:02', 'peerdev=vx1',
    'peermac=02:00:00:00:01:02',
  ];
  const destination = ['listen=0.0.0.0:7444', 'deadline=15000', 'lastpid=1', 'fenceopen=flush chain ip carryon fence'];
  return [...common, ...(side === 'source' ? source : destination), ...(o.config?.[side] ?? [])];
}

export class Pair {
  /** Pids of the containers' inits, as this machine sees them. */
  private readonly inits: Record<Side, string> = { source: '', destination: '' };

  private constructor(private readonly fixtures: string, private readonly options: PairOptions) {}

  static async start(fixtures: string, options: PairOptions): Promise<Pair> {
    const pair = new Pair(fixtures, options);
    await pair.end();
    await Promise.all(sides.map((side) => pair.startContainer(side)));
    await pair.startSandboxes();
    await Promise.all(sides.map((side) => pair.arm(side)));
    return pair;
  }

  private async startContainer(side: Side): Promise<void> {
    const { driver: directory = driverDirectory } = this.options;
    const driver = directory ? ['-v', `${directory}/handoff:/opt/carryon/bin/handoff:ro`] : [];
    await execa('docker', [
      'run', '-d', '--name', container[side], '--network', network, '--ip', address[side], ...capabilities, '-v', `${this.fixtures}:/fixtures`,
      '-v', `${this.fixtures}/engine.js:/opt/carryon/engine.js:ro`, ...driver, '-v', '/var/lib/carryon', '-v', '/volumes/data', image,
    ]);
    await this.findInit(side);
    const peer = address[side === 'source' ? 'destination' : 'source'];
    await this.run(side, `sh /fixtures/outer.sh ${side} ${peer}`);
  }

  private async findInit(side: Side): Promise<boolean> {
    const { exitCode, stdout } = await execa('docker', ['inspect', '--format', '{{.State.Pid}}', container[side]], { reject: false });
    this.inits[side] = stdout;
    return exitCode === 0 && stdout !== '0';
  }

  /** A file of a container, as this machine sees it: a look costs nothing there, and a tenth of a second of a processor with `docker exec`. */
  private at(side: Side, path: string): string {
    return `/proc/${this.inits[side]}/root${path}`;
  }

  private async text(side: Side, path: string): Promise<string> {
    return (await readFile(this.at(side, path), 'utf8')).trim();
  }

  private freezer(side: Side): Promise<string> {
    return this.text(side, '/run/carryon/freezer');
  }

  private async startSandboxes(): Promise<void> {
    const { megabytes = 16, threads = 1, processes = 1, environment = {} } = this.options;
    const variables = Object.entries(environment).map(([name, value]) => `${name}=${value} `).join('');
    const roots = `/run/netns/app /var/lib/carryon/rootfs ${layer}/upper ${layer}/work`;
    await this.run('source', `${variables}/fixtures/box ${roots} start /server ${megabytes} 1000 ${threads} ${processes} > /run/carryon/sandbox.pid`);
    await this.run('destination', `/fixtures/box ${roots} adopt > /run/carryon/sandbox.pid`);
    // The service listens when it has all its memory, threads and children.
    await this.run('source', `P=$(cat /run/carryon/sandbox.pid); until grep -q ':1F90 00000000:0000 0A' /proc/$P/net/tcp; do sleep 0.05; done`);
    await this.run('source', `F=$(cat /run/carryon/freezer); P=$(cat /run/carryon/sandbox.pid); A=$(cat /proc/$P/task/$P/children);
      for p in $A $(for a in $A; do cat /proc/$a/task/*/children; done); do echo $p > $F/cgroup.procs; done`);
  }

  private async arm(side: Side): Promise<void> {
    const state = side === 'source' ? 'armedS' : 'armedD';
    const sandbox = await this.text(side, '/run/carryon/sandbox.pid');
    const before = this.options.journal?.[side] ?? [];
    const line = JSON.stringify({ epoch: this.options.epoch ?? 1, state, migration: 'm1', peer: 'peer', at: '2026-01-01T00:00:00Z' });
    await mkdir(this.at(side, directory), { recursive: true });
    await writeFile(this.at(side, `${directory}/config`), `${configLines(side, this.options, sandbox, await this.freezer(side)).join('\n')}\n`);
    await writeFile(this.at(side, journal), [...before, line, ''].join('\n'));
  }

  /** Starts a driver; resolves when it serves its socket or has ended. */
  async driver(side: Side, fault = this.options.faults?.[side]): Promise<void> {
    const mutation = this.options.mutations?.[side];
    const environment = [...(fault ? ['-e', `CARRYON_FAULT=${fault}`] : []), ...(mutation ? ['-e', `CARRYON_MUTATION=${mutation}`] : [])];
    await execa('docker', ['exec', '-d', ...environment, container[side], 'sh', '-c',
      `/opt/carryon/bin/handoff ${side} ${directory}/config 2>> ${directory}/driver.log; echo "exit $?" >> ${directory}/exit`]);
    const up = async () => (await this.has(side, 'exit')) || (await this.events(side)).some(({ step }) => step === 'prepare' || step === 'end');
    await this.until(up, 'driver that answers or has ended');
  }

  /** Starts a driver anew, after the death of the one before. */
  async revive(side: Side, fault = ''): Promise<void> {
    for (const name of ['exit', 'events.ndjson']) await rm(this.at(side, `${directory}/${name}`), { force: true });
    await this.driver(side, fault);
  }

  async drivers(): Promise<void> {
    await this.driver('destination');
    await this.driver('source');
    await this.until(async () => (await this.ctl('source', 'status')).ok, 'drivers that talk to each other', async () => (await this.raw('source', 'status')).includes('"ready":true'));
  }

  raw(side: Side, verb: string, state?: string): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect(this.at(side, `${directory}/ctl.sock`), () => socket.write(`${JSON.stringify({ do: verb, state })}\n`));
      let answer = '';
      socket.on('data', (data: Buffer) => {
        answer += data.toString();
        if (!answer.endsWith('\n')) return;
        resolve(answer.trim());
        socket.destroy();
      });
      socket.on('error', ({ message }) => resolve(JSON.stringify({ ok: false, code: 'no-driver', message })));
      socket.on('close', () => resolve(JSON.stringify({ ok: false, code: 'closed' })));
    });
  }

  async ctl(side: Side, verb: string, state?: string): Promise<Answer> {
    return JSON.parse(await this.raw(side, verb, state)) as Answer;
  }

  /** A verb that has to succeed; with both drivers' logs when it does not. */
  async must(side: Side, verb: string): Promise<Answer> {
    const answer = await this.ctl(side, verb);
    if (!answer.ok) throw new Error(`${verb}: ${JSON.stringify(answer)}\n${await this.logs()}`);
    return answer;
  }

  async run(side: Side, script: string, input?: string): Promise<string> {
    return (await execa('docker', ['exec', ...(input === undefined ? [] : ['-i']), container[side], 'sh', '-c', script], { input })).stdout;
  }

  private has(side: Side, name: string): Promise<boolean> {
    return access(this.at(side, `${directory}/${name}`)).then(() => true, () => false);
  }

  /** None when no driver has begun. */
  async events(side: Side): Promise<DriverEvent[]> {
    const text = (await this.has(side, 'events.ndjson')) ? await this.text(side, `${directory}/events.ndjson`) : '';
    return text.split('\n').filter(Boolean).map((line) => JSON.parse(line) as DriverEvent);
  }

  async outcome(side: Side): Promise<string | undefined> {
    return (await this.events(side)).filter((e) => e.step === 'end').at(-1)?.outcome;
  }

  async states(side: Side): Promise<string[]> {
    return (await this.text(side, journal)).split('\n').filter(Boolean).map((line) => (JSON.parse(line) as { state: string }).state);
  }

  async state(side: Side): Promise<string | undefined> {
    return (await this.states(side)).at(-1);
  }

  async frozen(side: Side): Promise<boolean> {
    const freezer = await this.freezer(side);
    const state = await this.text(side, `${freezer}/freezer.state`).catch(() => this.text(side, `${freezer}/cgroup.events`));
    return /FROZEN|frozen 1/.test(state);
  }

  /** By hand, past the driver. */
  async thaw(side: Side): Promise<void> {
    await this.run(side, 'F=$(cat /run/carryon/freezer); echo THAWED > $F/freezer.state 2>/dev/null || echo 0 > $F/cgroup.freeze');
  }

  /** How many processes of the application are in a side's freezer. */
  async processes(side: Side): Promise<number> {
    return (await this.frozenPids(side)).length;
  }

  private async frozenPids(side: Side): Promise<number[]> {
    return (await this.text(side, `${await this.freezer(side)}/cgroup.procs`)).split('\n').filter(Boolean).map(Number);
  }

  async until(condition: () => Promise<boolean>, what: string, also: () => Promise<boolean> = condition, withinMs = 20_000): Promise<void> {
    for (const end = Date.now() + withinMs; Date.now() < end; await pause(100)) if ((await condition()) && (await also())) return;
    throw new Error(`no ${what} within ${withinMs / 1000} s\n${await this.logs()}`);
  }

  /** A client outside, through the source's address. `seen` lets it look on for a second, so that it sees what comes after. */
  client(idle = 3): { seen: () => Promise<Seen> } {
    const run = execa(join(this.fixtures, 'client'), [address.source, '8080', String(idle)], { reject: false });
    const seen = async () => {
      await pause(1000);
      run.stdin?.end();
      return JSON.parse((await run).stdout) as Seen;
    };
    return { seen };
  }

  /** One command byte to the service; its answer line. */
  async ask(byte: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(8080, address.source, () => socket.write(byte));
      socket.setTimeout(20_000, () => socket.destroy(new Error('no answer from the service')));
      socket.once('data', (data) => { resolve(data.toString().trim()); socket.destroy(); });
      socket.once('error', reject);
    });
  }

  async logs(): Promise<string> {
    const parts = await Promise.all(sides.map((side) => execa('docker', ['exec', container[side], 'sh', '-c',
      `cd ${directory}; echo "== ${side}"; cat driver.log; cat events.ndjson; tail -n 15 images/*.log /var/lib/carryon/dump/*/*.log 2>/dev/null`], { reject: false })));
    return parts.map((part) => part.stdout).join('\n');
  }

  async pid(side: Side, pattern: string): Promise<number[]> {
    const text = await this.run(side, `for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline 2>/dev/null | grep -q '${pattern}' && ! grep -qx '${keepsDescriptors}' $p/comm && echo \${p#/proc/}; done; true`);
    return text.split('\n').filter(Boolean).map(Number);
  }

  async kill(side: Side, pattern: string, signal = 'KILL'): Promise<void> {
    const pids = (await this.pid(side, pattern)).join(' ');
    // What is killed keeps its locks until it is gone, which can take a moment.
    const gone = signal === 'KILL' ? `for p in ${pids}; do for i in $(seq 200); do [ -e /proc/$p ] || break; sleep 0.02; done; done` : 'true';
    await this.run(side, `for p in ${pids}; do kill -${signal} $p; done; ${gone}`);
  }

  /** Takes a frozen tree along: docker cannot kill what is frozen. */
  async end(): Promise<void> {
    await Promise.all(sides.map(async (side) => {
      if (await this.findInit(side)) await this.killFrozen(side).catch(() => undefined);
      await removeContainers([container[side]]);
    }));
  }

  /** Init takes driver and keeper along, which would freeze again what is thawed. */
  private async killFrozen(side: Side): Promise<void> {
    const pids = await this.frozenPids(side);
    const state = await open(this.at(side, `${await this.freezer(side)}/freezer.state`), 'w');
    try {
      for (const pid of [Number(this.inits[side]), ...pids]) killIfThere(pid);
      await state.write('THAWED');
    } finally {
      await state.close();
    }
  }
}
