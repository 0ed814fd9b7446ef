import { afterEach, describe, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { DownloadLoad } from '../../e2e/support/load/download';
import { pause } from './fake-server';

const file = randomBytes(4 << 20);
let server: http.Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Downloads that two processes answer in turn; `send` gets each of them. */
const start = async (send: (response: http.ServerResponse) => void, connections = 2) => {
  let answers = 0;
  server = http.createServer((request, response) => {
    if (request.url === '/large.sha256') return void response.end(`${createHash('sha256').update(file).digest('hex')}\n`);
    response.writeHead(200, { 'content-length': file.length, 'x-worker': String(answers++ < 2 ? 1 : 2) });
    send(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return DownloadLoad.start({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, connections, workers: 2 });
};

describe('downloads', () => {
  it('are begun until enough processes are busy, last as long as wanted, and end complete', async () => {
    const load = await start((response) => void response.end(file));
    await pause(150);
    const { acknowledged, connections } = await load.check();
    expect({ connections, underWay: load.underWay }).toEqual({ connections: 3, underWay: true });
    expect(acknowledged).toBeGreaterThan(0);
    expect(acknowledged).toBeLessThan(file.length);
    expect(await load.finish()).toEqual({ acknowledged: 3 * file.length, lost: 0, connections: 3, broken: 0, problems: [] });
    expect(load.underWay).toBe(false);
  });

  it('notice a byte that is another', async () => {
    const other = Buffer.from(file);
    other[other.length - 1]! ^= 1;
    expect((await (await start((response) => void response.end(other))).finish()).problems[0]).toContain('the checksum differs');
  });

  it('notice a connection that ends early', async () => {
    const load = await start((response) => response.write(file.subarray(0, 1 << 20), () => response.destroy()));
    expect(await load.finish()).toMatchObject({ broken: 3 });
  });
});
