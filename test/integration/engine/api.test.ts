import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openAuthority } from '../../../clients/authority';
import { archive, digest, playEngine, specOf, until, type PlayedEngine } from './two-engines';

const service = randomUUID();
let engine: PlayedEngine;
let other: string;
beforeAll(async () => {
  engine = await playEngine('edge', service);
  other = await mkdtemp(join(tmpdir(), 'other-ca-'));
});
afterAll(async () => {
  await engine.end();
  await rm(other, { recursive: true });
});

type Identity = { key?: string; cert?: string };
const ask = (identity: Identity, path: string, init: { method?: string; body?: string } = {}) =>
  new Promise<{ status: number; text: string }>((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port: engine.port, path, method: init.method ?? 'GET', ca: engine.authority.certificate, checkServerIdentity: () => undefined, agent: false, ...identity, headers: init.body === undefined ? {} : { 'content-type': 'application/json' } });
    call.on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString())).on('end', () => resolve({ status: response.statusCode ?? 0, text })).on('error', reject);
    });
    call.on('error', reject).end(init.body);
  });

describe('who may ask the engine', () => {
  it('answers nobody without a certificate', async () => {
    await expect(ask({}, '/v1/status')).rejects.toThrow();
  });

  it('answers nobody with a certificate of another authority', async () => {
    const stranger = await openAuthority(other, 'edge');
    await expect(ask(await stranger.issueCoordinator(), '/v1/status')).rejects.toThrow();
  });

  it('does not speak TLS 1.2', async () => {
    const { key, cert } = await engine.authority.issueCoordinator();
    const refused = new Promise((_resolve, reject) => {
      connect({ host: '127.0.0.1', port: engine.port, key, cert, ca: engine.authority.certificate, maxVersion: 'TLSv1.2', checkServerIdentity: () => undefined }).on('error', reject);
    });
    await expect(refused).rejects.toThrow(/protocol version|handshake/i);
  });

  it('forbids everything to a service of its own cluster that no ticket names', async () => {
    const csr = await readFile(join(engine.layout.tls, 'csr.pem'), 'utf8');
    const key = await readFile(join(engine.layout.tls, 'key.pem'), 'utf8');
    const cert = await engine.authority.signEngine(csr, randomUUID());
    expect(await ask({ key, cert }, '/v1/status')).toMatchObject({ status: 403 });
    expect(await ask({ key, cert }, '/v1/peer/spec')).toMatchObject({ status: 403 });
  });

  it('serves with a new certificate as soon as it is there', async () => {
    const csr = await readFile(join(engine.layout.tls, 'csr.pem'), 'utf8');
    const fresh = await engine.authority.signEngine(csr, service);
    await writeFile(join(engine.layout.tls, 'cert.pem'), fresh);
    const served = () => new Promise<string>((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: engine.port, ca: engine.authority.certificate, checkServerIdentity: () => undefined }, () => {
        resolve(socket.getPeerX509Certificate()?.toString() ?? '');
        socket.destroy();
      });
      socket.on('error', reject);
    });
    await until(served, (pem) => pem.trim() === fresh.trim());
  });

  it('keeps its private key to itself', async () => {
    expect((await stat(join(engine.layout.tls, 'key.pem'))).mode & 0o777).toBe(0o600);
  });
});

describe('bad input', () => {
  const coordinator = () => engine.authority.issueCoordinator();

  it('gets 400 and a reason when the JSON is malformed', async () => {
    const answer = await ask(await coordinator(), '/v1/service/start', { method: 'POST', body: '{"id":' });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'bad-request', recovery: 'refuse' } });
  });

  it('is told which field is wrong', async () => {
    const body = JSON.stringify({ ...specOf(service), volumes: [{ name: '../../etc', path: '/data' }] });
    const answer = await ask(await coordinator(), '/v1/service/start', { method: 'POST', body });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('volumes.0.name');
  });

  it('gets 404 for a call that is not there', async () => {
    expect(await ask(await coordinator(), '/v1/nothing')).toMatchObject({ status: 404 });
  });

  it('cannot start another service than the one of this outer container', async () => {
    await expect(engine.client.start(specOf(randomUUID()))).rejects.toMatchObject({ code: 'wrong-service', recovery: 'refuse' });
  });

  it('cannot start an image that was not loaded', async () => {
    await expect(engine.client.start(specOf(service))).rejects.toMatchObject({ code: 'image-missing' });
  });

  it('is refused every verb of a migration that was never prepared', async () => {
    await expect(engine.client.step('handoff')).rejects.toMatchObject({ code: 'no-migration' });
    expect(await engine.client.migration()).toBeUndefined();
  });
});

describe('a service', () => {
  it('is started from a loaded image, init being told before the first instruction', async () => {
    expect(await engine.client.loadImage('counter:1', archive())).toEqual({ imageDigest: digest });
    await engine.client.start(specOf(service));
    expect(engine.calls.slice(-3)).toEqual(['sandbox start', expect.stringMatching(/^init main \d+$/), 'application']);
    expect(await engine.client.status()).toMatchObject({ state: 'running', epoch: 1, running: true, service: { id: service, name: 'counter' } });
  });

  it('is not started twice by the same request', async () => {
    const before = engine.calls.length;
    await engine.client.start(specOf(service));
    expect(engine.calls.slice(before)).toEqual([]);
    await expect(engine.client.start({ ...specOf(service), name: 'else' })).rejects.toMatchObject({ code: 'already-running' });
  });

  it('keeps its environment out of what plans are made from', async () => {
    expect(JSON.stringify(await engine.client.inspect())).not.toContain('hunter2');
    expect((await stat(engine.layout.spec)).mode & 0o777).toBe(0o600);
  });

  it('runs a program beside the application and carries its streams and exit code', async () => {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    stdin.end('in');
    const result = await engine.client.exec({ command: ['sh', '-c', 'cat; echo err >&2; exit 7'] }, { stdin, stdout, stderr });
    expect(result).toEqual({ exitCode: 7 });
    expect(String(stdout.read())).toBe('in');
    expect(String(stderr.read())).toBe('err\n');
  });

  it('is found again by the engine after its own restart, untouched', async () => {
    await engine.restart('engine');
    expect(await engine.client.status()).toMatchObject({ state: 'running', running: true });
    expect(engine.calls).not.toContain('application');
  });

  it('that an engine died before it started is started by the next', async () => {
    engine.unborn();
    await engine.restart('engine');
    await until(() => Promise.resolve(engine.calls), (calls) => calls.includes('application'));
    expect(engine.calls).toEqual(['init none', 'sandbox destroyed', 'sandbox start', expect.stringMatching(/^init main \d+$/), 'application']);
  });

  it('is started fresh when the container was restarted', async () => {
    await engine.restart('container');
    await until(() => engine.client.status(), ({ running }) => running);
    expect(engine.calls).toContain('application');
  });

  it('has its log lines read from the end', async () => {
    await writeFile(engine.layout.appLog, ['a', 'b', 'c'].map((text) => `2026-01-01T00:00:00.000000000Z stdout F ${text}\n`).join(''));
    const stream = await engine.client.logs({ follow: false, tail: 2 });
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    expect(text.split('\n').map((line) => line.slice(-1))).toEqual(['b', 'c', '']);
  });
});
