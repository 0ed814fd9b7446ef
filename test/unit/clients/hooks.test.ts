import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { runAll } from '../../../activities/run-cutover-hooks';
import { runHook } from '../../../clients/hooks';
import type { CutoverNews } from '../../../domain/cutover';
import { temporaryDirectory } from '../cli/temporary-directory';

const news: CutoverNews = {
  event: 'arrived',
  service: { id: '6b0f1d0e-0000-4000-8000-000000000001', name: 'cache' },
  source: { cluster: 'edge', host: '10.0.0.1' },
  destination: { cluster: 'cloud', host: 'cloud.example.org' },
  ports: [{ host: 30079, container: 6379, protocol: 'tcp' }],
  epoch: 2,
  workflowId: 'migrate-cache',
};
const once = { timeoutMs: 5000, retries: 0 };

describe('a command', () => {
  test('is told by its environment, and not what else the coordinator knows', async () => {
    const file = path.join(temporaryDirectory(), 'told');
    process.env['HOOK_TEST_SECRET'] = 'hunter2';
    await runHook({ ...once, command: ['sh', '-c', `env > ${file}`] }, news).finally(() => delete process.env['HOOK_TEST_SECRET']);
    const told = readFileSync(file, 'utf8');
    expect(told).toContain('CARRYON_EVENT=arrived\n');
    expect(told).toContain('CARRYON_DESTINATION_HOST=cloud.example.org\n');
    expect(told).toContain('CARRYON_PORTS=30079:6379/tcp\n');
    expect(told).not.toContain('hunter2');
  });

  test.each([
    ['another code than 0', ['sh', '-c', 'exit 3'], 'it ended with code 3'],
    ['a signal', ['sh', '-c', 'kill -KILL $$'], 'it was ended by SIGKILL'],
    ['no program', ['/nowhere/tell'], 'ENOENT'],
  ])('fails with %s', async (_, command, message) => {
    await expect(runHook({ ...once, command }, news)).rejects.toThrow(message);
  });

  test('fails when it takes too long', async () => {
    await expect(runHook({ command: ['sleep', '20'], timeoutMs: 200, retries: 0 }, news)).rejects.toThrow('it did not end within 0.2 s');
  });
});

describe('a request', () => {
  let server: Server;
  let status = 204;
  const seen: { request: IncomingMessage; body: string }[] = [];
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/moved`;

  beforeEach(async () => {
    status = 204;
    seen.length = 0;
    server = createServer((request, answer) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        seen.push({ request, body });
        answer.writeHead(status, { location: '/elsewhere' }).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  test('carries JSON and the headers of a file', async () => {
    const headersFrom = path.join(temporaryDirectory(), 'headers');
    writeFileSync(headersFrom, 'Authorization: Bearer token\n\n');
    await runHook({ ...once, http: { url: url(), method: 'PUT', headersFrom } }, news);
    expect(seen[0]?.request.method).toBe('PUT');
    expect(seen[0]?.request.headers).toMatchObject({ authorization: 'Bearer token', 'content-type': 'application/json' });
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual(news);
  });

  test.each([500, 404, 302])('fails with the answer %s, and follows none', async (code) => {
    status = code;
    await expect(runHook({ ...once, http: { url: url(), method: 'POST' } }, news)).rejects.toThrow(`it answered ${code}`);
    expect(seen).toHaveLength(1);
  });

  test('does not repeat a line that is no header: it may be a token', async () => {
    const headersFrom = path.join(temporaryDirectory(), 'headers');
    writeFileSync(headersFrom, 'hunter2\n');
    const failure = runHook({ ...once, http: { url: url(), method: 'POST', headersFrom } }, news);
    await expect(failure).rejects.toThrow(`${headersFrom}:1: write a header as NAME: VALUE`);
    await expect(failure).rejects.not.toThrow('hunter2');
  });
});

describe('all hooks of a cluster', () => {
  const hooks = [
    { command: ['first'], timeoutMs: 1, retries: 2 },
    { http: { url: 'https://dns.example.org/moved?token=hunter2', method: 'POST' as const }, timeoutMs: 1, retries: 0 },
  ];

  test('are run in order, a failed one again as often as asked', async () => {
    const runs: string[] = [];
    const { failures } = await runAll(hooks, news, (hook) => {
      runs.push('command' in hook ? 'command' : 'http');
      return runs.length < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve();
    }, 1);
    expect(runs).toEqual(['command', 'command', 'command', 'http']);
    expect(failures).toEqual([]);
  });

  test('are run though an earlier one fails; a failure names the hook without what may be secret', async () => {
    const { failures } = await runAll(hooks, news, () => Promise.reject(new Error('down')), 1);
    expect(failures).toEqual(['command first: down', 'POST https://dns.example.org: down']);
  });
});
