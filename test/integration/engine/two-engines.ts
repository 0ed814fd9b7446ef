import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { openAuthority, type Authority } from '../../../clients/authority';
import { connectEngine } from '../../../clients/engine';
import type { EngineClient } from '../../../domain/engine';
import type { Ticket, TicketPeer } from '../../../domain/migration';
import type { JournalState, ServiceSpec } from '../../../domain/service';
import { boot } from '../../../engine/boot';
import { journalFile } from '../../../engine/journal/file';
import type { DriverAnswer } from '../../../engine/migration/control-socket';
import type { Drivers } from '../../../engine/migration/drivers';
import { layout, type Layout } from '../../../engine/paths';
import type { Sandbox } from '../../../engine/ports';
import { freePort } from '../free-port';

/** An engine with everything real but the kernel's part: sandbox, network, driver and init are played. */
export interface PlayedEngine {
  cluster: string;
  port: number;
  client: EngineClient;
  authority: Authority;
  layout: Layout;
  /** What was asked of the played parts, in order. */
  calls: string[];
  /** Images it has. */
  images: Set<string>;
  /** Answer of the driver to the next question, by verb; it may write the journal. */
  driver: Map<string, () => Promise<DriverAnswer>>;
  /** What its network does before it adds a peer. */
  beforePeer: { wait: () => Promise<void> };
  journal(state: JournalState, epoch: number): Promise<void>;
  /** Of every sandbox's application. */
  freezer: string;
  /** As if the engine had died between its record and the application's first instruction. */
  unborn(): void;
  /** All its drivers die; what they wrote stays. */
  driversDie(): void;
  /** Ends the engine and begins it again: with kernel state, or as a new container. */
  restart(kind: 'engine' | 'container'): Promise<void>;
  /** It does not answer while that is done. */
  away(meanwhile: () => Promise<void>): Promise<void>;
  end(): Promise<void>;
}

export const digest = `sha256:${'a'.repeat(64)}`;
export const tunnelKey = Buffer.alloc(32, 7).toString('base64');

export const specOf = (service: string): ServiceSpec => ({
  id: service, name: 'counter', image: 'counter:1', imageDigest: digest, env: { PASSWORD: 'hunter2' }, ports: [], volumes: [], restart: 'always', address: '10.99.0.2',
});

export async function playEngine(cluster: string, service: string): Promise<PlayedEngine> {
  const root = await mkdtemp(join(tmpdir(), `engine-${cluster}-`));
  const paths = layout({ state: join(root, 'state'), images: join(root, 'images'), run: join(root, 'run'), opt: join(root, 'opt'), volumes: join(root, 'volumes'), localVolumes: join(root, 'local-volumes') });
  await mkdir(paths.tls, { recursive: true });
  const authority = await openAuthority(join(root, 'ca'), cluster);
  const port = await freePort();
  const calls: string[] = [];
  const images = new Set<string>();
  const driver = new Map<string, () => Promise<DriverAnswer>>();
  const alive = new Set<string>();
  const beforePeer = { wait: () => Promise.resolve() };
  let sandbox: Sandbox | undefined;
  let born = false;
  let number = 0;
  const note = (call: string) => void calls.push(call);

  const drivers: Drivers = {
    alive: (dir) => Promise.resolve(alive.has(dir)),
    ensure: async (role, dir) => {
      if (!alive.has(dir)) note(`driver ${role}`);
      alive.add(dir);
      await mkdir(dir, { recursive: true });
      await writeFile(join(dir, 'config'), '');
      await writeFile(join(dir, 'events.ndjson'), '{"step":"prepare","state":"ready"}\n');
    },
    revive: async (role, dir) => {
      if (alive.has(dir)) return;
      note(`driver ${role} again`);
      const started = (await driver.get('start')?.()) ?? { ok: true as const };
      if (!started.ok) throw new Error(started.message);
      alive.add(dir);
    },
    ended: (dir) => Promise.resolve(!alive.has(dir)),
    ask: async (dir, { do: verb }) => {
      note(`driver ${verb}`);
      const answer = (await driver.get(verb)?.()) ?? { ok: true as const };
      if (['abort', 'discard', 'finish'].includes(verb)) alive.delete(dir);
      return answer;
    },
  };
  const begin = () =>
    boot(
      {
        cluster,
        service,
        layout: paths,
        drivers,
        log: pino({ level: 'silent' }),
        init: {
          main: (pid) => Promise.resolve(note(`init main ${pid}`)),
          hold: () => Promise.resolve(note('init hold')),
          none: () => Promise.resolve(note('init none')),
          reopen: () => Promise.resolve(note('init reopen')),
          drain: () => Promise.resolve(0),
          wait: () => Promise.resolve(0),
          hasAmbassador: () => Promise.resolve(false),
        },
        sandbox: {
          make: ({ mode }) => {
            note(`sandbox ${mode}`);
            born = mode === 'adopt';
            sandbox = { pid: process.pid + (number += 1) * 100_000, freezer: join(root, 'freezer'), appCgroups: [] };
            return Promise.resolve(sandbox);
          },
          startApplication: () => {
            note('application');
            born = true;
            return Promise.resolve();
          },
          concludeStart: () => Promise.resolve(born),
          find: () => Promise.resolve(sandbox),
          destroy: () => {
            if (sandbox) note('sandbox destroyed');
            sandbox = undefined;
            return Promise.resolve();
          },
          processes: () => Promise.resolve(sandbox ? [{ pid: process.pid, innerPid: 1001, inTree: true, comm: 'counter' }] : []),
          execCommand: (_sandbox, request) => Promise.resolve({ file: request.command[0] ?? '', args: request.command.slice(1), dispose: () => Promise.resolve() }),
        },
        network: {
          setUpNested: () => Promise.resolve('/netns'),
          tunnelKey: () => Promise.resolve(tunnelKey),
          addPeer: async (ticket, role) => {
            await beforePeer.wait();
            note(`peer ${role === 'source' ? ticket.destination.cluster : ticket.source.cluster}`);
          },
          removePeer: (ticket, role) => Promise.resolve(note(`no peer ${role === 'source' ? ticket.destination.cluster : ticket.source.cluster}`)),
          fence: () => Promise.resolve(note('fence')),
          unfence: () => Promise.resolve(note('unfence')),
          relay: (_spec, ticket) => Promise.resolve(note(`relay to ${ticket.destination.cluster}`)),
          driverKeys: () => Promise.resolve({}),
          relayedConnections: () => Promise.resolve(0),
          tearDownAll: () => Promise.resolve(note('network gone')),
        },
        images: {
          load: async (ref, tar) => {
            for await (const chunk of tar) void chunk;
            note(`image ${ref}`);
            images.add(digest);
            return { imageDigest: digest };
          },
          keepRoot: () => Promise.reject(new Error('there is no ambassador')),
          has: (wanted) => Promise.resolve(images.has(wanted)),
          bytes: () => Promise.resolve(1),
          fetch: async (peer, wanted) => {
            const stream = await peer.stream('/v1/peer/image');
            for await (const chunk of stream) void chunk;
            note('image fetched');
            images.add(wanted);
          },
          serve: (_digest, path) => Promise.resolve(path === '' ? { type: 'application/octet-stream', body: 'manifest' } : undefined),
        },
        files: {
          push: () => Promise.resolve({ bytes: 1, files: 1, durationMs: 1 }),
          accept: () => Promise.resolve(),
        },
      },
      { host: '127.0.0.1', port },
    );

  let over = false;
  let end = await begin();
  const csr = await readFile(join(paths.tls, 'csr.pem'), 'utf8');
  await writeFile(join(paths.tls, 'ca.pem'), authority.certificate);
  await writeFile(join(paths.tls, 'cert.pem'), await authority.signEngine(csr, service));
  const coordinator = await authority.issueCoordinator();
  const client = connectEngine({ host: '127.0.0.1', port, cluster, service, credentials: () => Promise.resolve({ key: coordinator.key, cert: coordinator.cert, ca: authority.certificate }) });
  await until(() => client.status());
  return {
    cluster, port, client, authority, layout: paths, calls, images, driver, beforePeer, freezer: join(root, 'freezer'),
    journal: async (state, epoch) => {
      await journalFile(paths.journal).append({ epoch, state });
    },
    driversDie: () => alive.clear(),
    unborn: () => void (born = false),
    restart: async (kind) => {
      await end(0);
      if (kind === 'container') {
        sandbox = undefined;
        alive.clear();
        await rm(paths.run, { recursive: true, force: true });
      }
      calls.length = 0;
      end = await begin();
      await until(() => client.status());
    },
    away: async (meanwhile) => {
      await end(0);
      await meanwhile();
      end = await begin();
      await until(() => client.status());
    },
    end: async () => {
      if (over) return;
      over = true;
      await end(0);
      await rm(root, { recursive: true, force: true });
    },
  };
}

export async function until<T>(question: () => Promise<T>, good: (answer: T) => boolean = () => true, withinMs = 8_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await question().then((value) => ({ value }), (error: unknown) => ({ error }));
    if ('value' in answer && good(answer.value)) return answer.value;
    if (Date.now() > deadline) throw 'error' in answer ? answer.error : new Error(`still ${JSON.stringify(answer.value)}`);
    await new Promise((resume) => setTimeout(resume, 50));
  }
}

export const archive = () => {
  const stream = new PassThrough();
  stream.end('docker save');
  return stream;
};

export async function started(engine: PlayedEngine, service: string): Promise<void> {
  await engine.client.loadImage('counter:1', archive());
  await engine.client.start(specOf(service));
}

export function ticketBetween(source: PlayedEngine, destination: PlayedEngine, service: string, epoch: number): Ticket {
  const side = ({ cluster, port, authority }: PlayedEngine): TicketPeer => ({
    cluster, reach: { host: '127.0.0.1', apiPort: port, handoffPort: 1, tunnelPort: 1 }, ca: authority.certificate, tunnelKey,
  });
  return { migration: randomUUID(), service, epoch, strategy: 'post-copy', source: side(source), destination: side(destination), discardAfterMs: 5_000, relayForMs: 1_000, execSessions: 'refuse' };
}
