// Outer containers with the real engine, on the Docker daemon of this machine; certificates and tickets come from here, no coordinator.
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { execa } from 'execa';
import { build } from 'esbuild';
import { openAuthority, type Authority } from '../../../clients/authority';
import { connectEngine } from '../../../clients/engine';
import type { EngineClient } from '../../../domain/engine';
import type { Ticket, TicketPeer } from '../../../domain/migration';
import { enginePort, handoffPort, tunnelPort } from '../../../domain/names';
import { outerPrivileges } from '../../../domain/outer-privileges';
import type { ServiceSpec } from '../../../domain/service';
import { buildImage } from '../build-image';
import { until } from './two-engines';

const root = join(__dirname, '../../..');
const runtime = 'carryon-runtime:engine-test';
export const workload = 'carryon-workload-native:latest';

/** The runtime image with the engine as it is in the tree now. */
export async function buildRuntime(): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'engine-test-'));
  const engine = join(work, 'engine.js');
  await build({ entryPoints: [join(root, 'engine/main.ts')], outfile: engine, bundle: true, platform: 'node', target: 'node20', format: 'cjs', logLevel: 'error' });
  await buildImage(runtime, engine);
  await rm(work, { recursive: true });
  const { exitCode } = await execa('docker', ['image', 'inspect', workload], { reject: false });
  if (exitCode !== 0) await execa(join(root, 'scripts/workloads.sh'));
}

export class Outer {
  private constructor(
    readonly cluster: string,
    readonly service: string,
    readonly name: string,
    private readonly authority: Authority,
    private readonly directory: string,
  ) {}

  client!: EngineClient;
  address = '';

  static async run(cluster: string, service: string, options: { restart?: string; ports?: string[]; faults?: string } = {}): Promise<Outer> {
    const directory = await mkdtemp(join(tmpdir(), `outer-${cluster}-`));
    const name = `carryon-test-engine-${cluster}-${randomUUID().slice(0, 8)}`;
    const outer = new Outer(cluster, service, name, await openAuthority(directory, cluster), directory);
    await execa('docker', [
      'run', '--detach', '--name', name, `--restart=${options.restart ?? 'no'}`, ...(await privilegeOptions()),
      '--volume', `${name}:/var/lib/carryon`, '--volume', `${name}-images:/var/lib/carryon-images`,
      '--env', `CARRYON_CLUSTER=${cluster}`, '--env', `CARRYON_SERVICE=${service}`, ...(options.faults ? ['--env', `CARRYON_FAULT=${options.faults}`] : []), runtime,
    ]);
    await outer.certify();
    const coordinator = await outer.authority.issueCoordinator();
    outer.credentials = { key: coordinator.key, cert: coordinator.cert, ca: outer.authority.certificate };
    await outer.findAddress();
    await until(() => outer.client.status(), () => true, 20_000);
    return outer;
  }

  private credentials = { key: '', cert: '', ca: '' };

  /** Anew after a restart: Docker may have given the address to another container meanwhile. */
  async findAddress(): Promise<void> {
    this.address = await this.inspect('{{.NetworkSettings.IPAddress}}');
    this.client = connectEngine({ host: this.address, port: enginePort, cluster: this.cluster, service: this.service, credentials: () => Promise.resolve(this.credentials) });
  }

  private async certify(): Promise<void> {
    const csr = await until(() => this.sh('cat /var/lib/carryon/tls/csr.pem'), (text) => text.includes('END'), 20_000);
    const files = { 'ca.pem': this.authority.certificate, 'cert.pem': await this.authority.signEngine(csr, this.service) };
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(this.directory, name), text);
      await execa('docker', ['cp', join(this.directory, name), `${this.name}:/var/lib/carryon/tls/${name}`]);
    }
  }

  async sh(script: string): Promise<string> {
    return (await execa('docker', ['exec', this.name, 'sh', '-c', script])).stdout;
  }

  async inspect(format: string): Promise<string> {
    return (await execa('docker', ['inspect', '--format', format, this.name])).stdout;
  }

  async load(image: string): Promise<string> {
    const archive = join(this.directory, 'image.tar');
    await execa('docker', ['save', '--output', archive, image]);
    const { imageDigest } = await this.client.loadImage(image, createReadStream(archive));
    await rm(archive);
    return imageDigest;
  }

  async start(change: Partial<ServiceSpec> = {}): Promise<ServiceSpec> {
    const spec: ServiceSpec = {
      id: this.service, name: 'counting', image: workload, imageDigest: await this.load(workload), env: { PASSWORD: 'hunter2' },
      ports: [{ host: 18080, container: 8080, protocol: 'tcp' }], volumes: [], restart: 'no', address: '10.99.0.2', ...change,
    };
    await this.client.start(spec);
    return spec;
  }

  async log(tail?: number): Promise<string[]> {
    let text = '';
    for await (const chunk of await this.client.logs({ follow: false, tail })) text += String(chunk);
    return text.split('\n').filter(Boolean);
  }

  /** What the engine itself says, for a failing test. */
  engineLog = () => this.sh('tail -n 60 /var/lib/carryon/log/engine.log; tail -n 40 /run/carryon/handoff/*/driver.log /run/carryon/handoff/*/images/*.log 2>/dev/null || true');

  killEngine = () => this.sh('for p in /proc/[0-9]*; do [ "$(tr "\\0" " " <$p/cmdline)" != "/usr/bin/node /opt/carryon/engine.js " ] || kill -KILL ${p#/proc/}; done');

  killDriver = () => this.sh('for p in /proc/[0-9]*; do case "$(tr "\\0" " " <$p/cmdline)" in "/opt/carryon/bin/handoff "*) kill -KILL ${p#/proc/} ;; esac; done');

  /** As when the network between caller and engine breaks for good. */
  dropConnections = () => this.sh(`ss --kill --tcp state established '( sport = :${enginePort} )'`);

  /** Where cgroups are of version 1, frozen processes die only when they are thawed: nobody in the container is left to do that. */
  async kill(): Promise<void> {
    const killed = execa('docker', ['kill', this.name], { reject: false });
    const freezer = `/sys/fs/cgroup/freezer/docker/${await this.inspect('{{.Id}}')}/carryon-sandbox-app/freezer.state`;
    await pause(1_000);
    await writeFile(freezer, 'THAWED').catch(() => undefined);
    await killed;
    await until(() => this.inspect('{{.State.Running}}'), (running) => running === 'false', 20_000);
  }

  /** The address may be another one then. */
  async startAgain(): Promise<void> {
    await execa('docker', ['start', this.name]);
    await this.findAddress();
  }

  side = (): TicketPeer => ({ cluster: this.cluster, reach: { host: this.address, apiPort: enginePort, handoffPort, tunnelPort }, ca: this.authority.certificate, tunnelKey: this.tunnelKey });
  tunnelKey = '';

  /** As a coordinator gathers it for a ticket. */
  async peer(): Promise<TicketPeer> {
    this.tunnelKey = (await this.client.status()).tunnelKey;
    return this.side();
  }

  async remove(): Promise<void> {
    await execa('docker', ['rm', '--force', '--volumes', this.name]);
    await execa('docker', ['volume', 'rm', '--force', this.name, `${this.name}-images`]);
    await rm(this.directory, { recursive: true, force: true });
  }
}

export async function ticketOf(source: Outer, destination: Outer, strategy: Ticket['strategy']): Promise<Ticket> {
  const { epoch } = await source.client.status();
  return {
    migration: randomUUID(), service: source.service, epoch: epoch + 1, strategy, source: await source.peer(), destination: await destination.peer(),
    discardAfterMs: 30_000, relayForMs: 60_000, execSessions: 'refuse',
  };
}

const sysResource = 24n;

async function privilegeOptions(): Promise<string[]> {
  const { capabilities, securityOptions, devices, tmpfs, cgroupNamespace } = outerPrivileges;
  const { stdout } = await execa('sh', ['-c', "awk '/^CapBnd/ {print $2}' /proc/1/status"]);
  const optional = (BigInt(`0x${stdout}`) >> sysResource) & 1n ? ['SYS_RESOURCE'] : [];
  return [
    '--cap-drop=ALL',
    ...[...capabilities.map(({ name }) => name), ...optional].map((name) => `--cap-add=${name}`),
    ...securityOptions.map(({ name }) => `--security-opt=${name}`),
    ...devices.map(({ name }) => `--device=${name}`),
    ...Object.entries(tmpfs).map(([path, options]) => `--tmpfs=${path}:${options}`),
    `--cgroupns=${cgroupNamespace}`,
  ];
}
