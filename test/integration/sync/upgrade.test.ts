import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { lstat, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { ServiceSpec } from '../../../domain/service';
import { createFiles, type FilesPeer } from '../../../sync/files';

const spec: ServiceSpec = {
  id: 'id', name: 'app', image: 'app', env: {}, ports: [], restart: 'no', address: '10.99.0.2', volumes: [{ name: 'db', path: '/data' }, { name: 'db', path: '/again' }],
};
let top: string;
let server: Server;
let peer: FilesPeer;
/** The destination's ends of the connections; each is over somewhat later than the source's. */
let arrivals: Promise<unknown>[];
const place = (side: string, ...names: string[]) => join(top, side, ...names);

const sideOf = (name: string) =>
  createFiles({ upper: place(name, 'upper'), logs: place(name, 'log'), volumes: place(name, 'volumes'), runDirectory: place(name, 'run'), snapshotCommand: ['printf', '%s\\n'] });

beforeEach(async () => {
  top = await mkdtemp('/var/tmp/carryon-upgrade-');
  for (const directory of ['upper', 'log', 'volumes/db', 'run']) await mkdir(place('source', directory), { recursive: true });
  const destination = sideOf('destination');
  arrivals = [];
  server = createServer().on('upgrade', (message, socket: Duplex, head) => {
    socket.on('error', () => undefined);
    arrivals.push(destination.accept(message, socket, head, spec).catch((error: Error) => socket.end(`HTTP/1.1 400 Refused\r\n\r\n${error.message}`)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  peer = {
    upgrade: (path, protocol) => new Promise((resolve, reject) => {
      const call = request({ port, path, method: 'POST', headers: { connection: 'Upgrade', upgrade: protocol } });
      call.once('upgrade', (_answer, socket, head) => {
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
      });
      call.once('response', (answer) => reject(new Error(`answered ${answer.statusCode}`)));
      call.once('error', reject).end();
    }),
  };
});

afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  await Promise.all(arrivals);
  await execa('umount', [place('destination', 'run', 'rootfs')], { reject: false });
  await rm(top, { recursive: true, force: true });
});

describe('files of a service, engine to engine', () => {
  it('arrive in upper layer, volumes and log by the destination\'s own paths', async () => {
    await writeFile(place('source', 'upper', 'etc'), 'changed');
    await writeFile(place('source', 'volumes', 'db', 'table'), 'rows');
    await writeFile(place('source', 'log', 'app.log'), 'line\n');
    await writeFile(place('source', 'log', 'engine.log'), 'ours');
    const stats = await sideOf('source').push(peer, spec, place('source', 'snapshot'));
    expect(stats.files).toBe(3);
    expect(await readFile(place('destination', 'upper', 'etc'), 'utf8')).toBe('changed');
    expect(await readFile(place('destination', 'volumes', 'db', 'table'), 'utf8')).toBe('rows');
    expect(await readdir(place('destination', 'log'))).toEqual(['app.log']);
    await Promise.all(arrivals);
    expect(await readdir(place('destination', 'run'))).toEqual([]);
  });

  it('are listed for the native driver in the order of its configuration, a volume that is mounted twice twice', async () => {
    await sideOf('source').push(peer, spec, place('source', 'snapshot'));
    const volume = place('source', 'volumes', 'db');
    expect(await readFile(place('source', 'snapshot'), 'utf8')).toBe(`${[place('source', 'upper'), volume, volume].join('\n')}\n`);
    expect((await lstat(place('source', 'snapshot'))).mode & 0o777).toBe(0o600);
  });

  it('are seen through an overlay that was mounted, and looked into, before they came', async () => {
    const merged = place('destination', 'run', 'rootfs');
    for (const directory of [merged, place('destination', 'upper'), place('destination', 'work'), place('destination', 'lower')]) await mkdir(directory, { recursive: true });
    await writeFile(place('destination', 'lower', 'config'), 'of the image');
    await writeFile(place('destination', 'lower', 'gone'), 'of the image');
    await execa('mount', ['-t', 'overlay', 'overlay', '-o', `lowerdir=${place('destination', 'lower')},upperdir=${place('destination', 'upper')},workdir=${place('destination', 'work')},index=off`, merged]);
    expect(await readFile(join(merged, 'config'), 'utf8')).toBe('of the image');
    await readFile(join(merged, 'gone'));
    await expect(lstat(join(merged, 'new'))).rejects.toThrow();
    await writeFile(place('source', 'upper', 'config'), 'of the service');
    await writeFile(place('source', 'upper', 'new'), 'new');
    await execa('mknod', [place('source', 'upper', 'gone'), 'c', '0', '0']);
    await sideOf('source').push(peer, spec, place('source', 'snapshot'));
    expect(await readFile(join(merged, 'config'), 'utf8')).toBe('of the service');
    expect(await readFile(join(merged, 'new'), 'utf8')).toBe('new');
    await expect(lstat(join(merged, 'gone'))).rejects.toThrow();
  });

  it('come without an alarm about too many listeners on their connections', async () => {
    const crowded: string[] = [];
    const watched = (socket: Duplex) =>
      socket.on('newListener', (event: string) => {
        const [listeners, limit] = [socket.listenerCount(event) + 1, socket.getMaxListeners()];
        // TLS, which is beneath in an engine, has some of its own.
        if (limit > 0 && listeners + 5 > limit) crowded.push(`${event}: ${listeners} of ${limit}`);
      });
    server.prependListener('upgrade', (_message, socket: Duplex) => void watched(socket));
    await sideOf('source').push({ upgrade: async (path, protocol) => watched(await peer.upgrade(path, protocol)) }, spec, place('source', 'snapshot'));
    expect(crowded).toEqual([]);
  });

  it('need an upgrade to the right protocol', async () => {
    await expect(peer.upgrade('/v1/peer/rsync', 'websocket')).rejects.toThrow(/answered 400/);
  });
});
