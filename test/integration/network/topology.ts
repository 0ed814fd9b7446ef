import { execa, type ExecaChildProcess } from 'execa';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Ticket, TicketPeer } from '../../../domain/migration';
import type { ServiceSpec } from '../../../domain/service';
import { createRun } from '../../../engine/network/command';
import { createNetwork } from '../../../engine/network/network';
import { killIfThere } from '../../../engine/sandbox/kill-if-there';

/** Prefix of every namespace and device made here. */
const mine = process.env.CARRYON_TEST_PREFIX ?? 'cc';
export const service = '5a0f2a52-4c1e-4b8e-9f5e-0c8b6a1d0c11';
export const address = '10.99.0.2';
export const port = 8080;
const wan = '198.18.0';

export const spec: ServiceSpec = {
  id: service, name: 'echo', image: 'none', env: {}, volumes: [], restart: 'no', address,
  ports: [{ host: 8080, container: port, protocol: 'tcp' }, { host: 8080, container: port, protocol: 'udp' }],
};

const ip = (...args: string[]) => execa('ip', args);
const inside = (ns: string, ...argv: string[]) => execa('nsenter', [`--net=/run/netns/${ns}`, ...argv]);

/** A Python program that is spoken to by lines of JSON. */
export class Talker {
  private readonly child: ExecaChildProcess;
  private readonly lines: Interface;
  private readonly waiting: ((line: string) => void)[] = [];

  constructor(netns: string, script: string, ...args: string[]) {
    this.child = execa('nsenter', [`--net=${netns}`, 'python3', join(__dirname, 'fixtures', script), ...args], { stderr: 'inherit', reject: false });
    this.lines = createInterface({ input: this.child.stdout as NodeJS.ReadableStream });
    this.lines.on('line', (line) => this.waiting.shift()?.(line));
  }

  async ask(request: Record<string, unknown>): Promise<Record<string, unknown>> {
    const answer = new Promise<string>((resolve) => this.waiting.push(resolve));
    this.child.stdin?.write(`${JSON.stringify(request)}\n`);
    return JSON.parse(await answer) as Record<string, unknown>;
  }

  /** As by the kernel's hand: nothing is closed in good order. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.child;
  }

  async end(): Promise<void> {
    this.child.stdin?.end();
    await this.child;
  }
}

/**
 * Clusters behind address translation, as Docker makes it: every outer container has the address 172.17.0.2 behind a gateway of its own,
 * which publishes its ports at 198.18.0.<number> and masquerades what leaves. Nothing here has a route to the machine's network.
 */
export class Cluster {
  readonly outer: string;
  readonly gateway: string;
  readonly publicAddress: string;
  network!: ReturnType<typeof createNetwork>;
  app!: Talker;
  netns = '';
  private resident?: ExecaChildProcess;

  constructor(readonly name: string, readonly number: number, private readonly directory: string) {
    this.outer = `${mine}-${name}`;
    this.gateway = `${mine}-g${name}`;
    this.publicAddress = `${wan}.${number}`;
  }

  get tunnelDevice() { return `${mine}wg${this.name}`; }

  async make(): Promise<void> {
    await ip('netns', 'add', this.gateway);
    await ip('link', 'add', `${mine}w${this.name}`, 'netns', `${mine}-wan`, 'type', 'veth', 'peer', 'name', 'wan0', 'netns', this.gateway);
    await ip('-n', `${mine}-wan`, 'link', 'set', `${mine}w${this.name}`, 'master', 'br0', 'up');
    await ip('-n', this.gateway, 'address', 'add', `${this.publicAddress}/24`, 'dev', 'wan0');
    await ip('-n', this.gateway, 'link', 'set', 'wan0', 'up');
    await this.plugOuter();
    await inside(this.gateway, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
    await execa('nsenter', [`--net=/run/netns/${this.gateway}`, 'nft', '-f', '-'], {
      input: `table ip nat {
        chain in { type nat hook prerouting priority -100; iifname wan0 tcp dport ${port} dnat to 172.17.0.2; iifname wan0 udp dport { ${port}, 51820 } dnat to 172.17.0.2; }
        chain out { type nat hook postrouting priority 100; oifname wan0 masquerade; }
      }`,
    });
    this.connect();
  }

  private async plugOuter(): Promise<void> {
    await ip('netns', 'add', this.outer);
    // The kernel tells of a namespace by way of a process in it.
    this.resident = execa('nsenter', [`--net=/run/netns/${this.outer}`, 'sleep', 'infinity'], { reject: false });
    await ip('link', 'add', 'eth0', 'netns', this.outer, 'type', 'veth', 'peer', 'name', 'lan0', 'netns', this.gateway);
    await ip('-n', this.gateway, 'address', 'add', '172.17.0.1/16', 'dev', 'lan0');
    await ip('-n', this.gateway, 'link', 'set', 'lan0', 'up');
    await ip('-n', this.outer, 'address', 'add', '172.17.0.2/16', 'dev', 'eth0');
    await ip('-n', this.outer, 'link', 'set', 'lo', 'up');
    await ip('-n', this.outer, 'link', 'set', 'eth0', 'up');
    await ip('-n', this.outer, 'route', 'add', 'default', 'via', '172.17.0.1');
  }

  private async unplugOuter(): Promise<void> {
    // Ends wireguard-go as well, which would keep the namespace.
    await ip('-n', this.outer, 'link', 'delete', this.tunnelDevice).catch(() => undefined);
    await ip('-n', this.gateway, 'link', 'delete', 'lan0');
    this.resident?.kill();
    await this.resident;
    await ip('netns', 'delete', this.outer);
  }

  /** What an engine does at its start; again, it is a restart of the engine. */
  connect(): void {
    this.network = createNetwork({
      cluster: this.name, service, stateDirectory: join(this.directory, this.name, 'state'), runDirectory: join(this.directory, this.name, 'run'),
      run: createRun(['nsenter', `--net=/run/netns/${this.outer}`]), procNet: `/proc/${this.resident?.pid}/net`, tunnelDevice: this.tunnelDevice,
    });
  }

  /** As if the outer container had been restarted: the kernel's state is gone, the volume stays. */
  async restart(): Promise<void> {
    await this.app.end();
    await execa('umount', [this.netns], { reject: false });
    await this.unplugOuter();
    await this.plugOuter();
    this.connect();
  }

  async peerOfTicket(): Promise<TicketPeer> {
    return {
      cluster: this.name, ca: '', tunnelKey: await this.network.tunnelKey(),
      reach: { host: this.publicAddress, apiPort: 0, handoffPort: 0, tunnelPort: 51820 },
    };
  }

  async standUp(): Promise<void> {
    this.netns = await this.network.setUpNested(spec);
    this.app = new Talker(this.netns, 'service.py');
    await this.app.ask({ do: 'seen' });
  }

  ip(line: string) { return inside(this.outer, 'ip', ...line.split(' ')); }
  nft(line: string) { return inside(this.outer, 'nft', ...line.split(' ')); }
  async rules() { return (await this.nft('list ruleset')).stdout; }

  async remove(): Promise<void> {
    await this.app?.end();
    await this.network?.tearDownAll().catch(() => undefined);
    await this.unplugOuter().catch(() => undefined);
    await ip('netns', 'delete', this.gateway).catch(() => undefined);
  }
}

export interface World {
  clusters: Record<'a' | 'b' | 'c', Cluster>;
  client: Talker;
  clientNetns: string;
  remove(): Promise<void>;
}

/** A run that was cut off leaves its namespaces, with what ran in them. */
async function removeRemains(): Promise<void> {
  const { stdout } = await ip('netns', 'list');
  for (const name of stdout.split('\n').map((line) => line.split(' ')[0] ?? '').filter((name) => name.startsWith(`${mine}-`))) {
    const pids = (await ip('netns', 'pids', name)).stdout.split('\n').filter(Boolean).map(Number);
    for (const pid of pids) killIfThere(pid);
    await ip('netns', 'delete', name);
  }
}

export async function makeWorld(): Promise<World> {
  await removeRemains();
  const directory = await mkdtemp('/run/carryon-test-');
  await mkdir(directory, { recursive: true });
  await ip('netns', 'add', `${mine}-wan`);
  await ip('-n', `${mine}-wan`, 'link', 'add', 'br0', 'type', 'bridge');
  await ip('-n', `${mine}-wan`, 'link', 'set', 'br0', 'up');
  await ip('netns', 'add', `${mine}-client`);
  await ip('link', 'add', 'client', 'netns', `${mine}-wan`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', `${mine}-client`);
  await ip('-n', `${mine}-wan`, 'link', 'set', 'client', 'master', 'br0', 'up');
  await ip('-n', `${mine}-client`, 'address', 'add', `${wan}.100/24`, 'dev', 'eth0');
  await ip('-n', `${mine}-client`, 'link', 'set', 'eth0', 'up');
  const clusters = { a: new Cluster('a', 1, directory), b: new Cluster('b', 2, directory), c: new Cluster('c', 3, directory) };
  for (const cluster of Object.values(clusters)) await cluster.make();
  const clientNetns = `/run/netns/${mine}-client`;
  const client = new Talker(clientNetns, 'client.py');
  return {
    clusters, client, clientNetns,
    async remove() {
      await client.end();
      for (const cluster of Object.values(clusters)) await cluster.remove();
      for (const name of ['client', 'wan']) await ip('netns', 'delete', `${mine}-${name}`).catch(() => undefined);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

let epoch = 0;

export async function ticketFor(from: Cluster, to: Cluster): Promise<Ticket> {
  epoch += 1;
  return {
    migration: `m${epoch}`, service, epoch, strategy: 'post-copy', source: await from.peerOfTicket(), destination: await to.peerOfTicket(),
    discardAfterMs: 1, relayForMs: 1, execSessions: 'refuse',
  };
}

/** What engine and native driver do to the network in a migration; connections are moved by TCP_REPAIR. `during` runs while packets are held. */
export async function move(from: Cluster, to: Cluster, during: () => Promise<void> = () => Promise.resolve()): Promise<Ticket> {
  await to.standUp();
  const ticket = await ticketFor(from, to);
  await to.network.fence();
  await Promise.all([to.network.addPeer(ticket, 'destination'), from.network.addPeer(ticket, 'source')]);
  const keys = await from.network.driverKeys(ticket, 'source', spec);
  const hold = new Talker(`/run/netns/${from.outer}`, 'hold.py', keys.hold ?? '');
  await hold.ask({ do: 'held' });
  await from.ip(keys.routehold ?? '');
  await during();
  const { connections } = await from.app.ask({ do: 'take' });
  for (const request of [{ do: 'listen', port }, { do: 'put', connections }]) {
    const answer = await to.app.ask(request);
    if ('error' in answer) throw new Error(`${request.do}: ${String(answer.error)}`);
  }
  const there = await to.network.driverKeys(ticket, 'destination', spec);
  await to.nft(there.fenceopen ?? '');
  await to.ip(there.routelocal ?? '');
  await hold.ask({ do: 'release', device: keys.peerdev, mac: keys.peermac });
  await from.ip(keys.routepeer ?? '');
  await hold.end();
  await from.app.end();
  return ticket;
}
