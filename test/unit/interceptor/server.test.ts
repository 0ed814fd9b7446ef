import https from 'node:https';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { V1Pod } from '@kubernetes/client-node';
import { pino } from 'pino';
import { applyPatch, type Operation } from 'rfc6902';
import { issueServing, type ServingCertificate } from '../../../clients/authority/serving';
import { RefusedError, UnavailableError } from '../../../domain/errors';
import type { AdmissionResponse } from '../../../interceptor/admission';
import type { Ownership } from '../../../clients/orchestrators/kubernetes/owner';
import { review } from '../../../interceptor/review';
import { createServer, type Server } from '../../../interceptor/server';
import { partsOf, podOf } from './pods';

const lines: string[] = [];
const log = pino({ base: undefined }, { write: (line: string) => void lines.push(line) });
let certificate: ServingCertificate;
let server: Server;
let port: number;
let ready = false;
let ownership: (pod: V1Pod) => Promise<Ownership> = () => Promise.resolve({ name: 'web', owner: 'Deployment web' });

beforeAll(async () => {
  certificate = await issueServing('localhost', 3_600_000);
  const reviewer = { cluster: 'cloud', namespace: 'services', image: 'carryon-runtime:1', log, ownership: (pod: V1Pod) => ownership(pod) };
  server = createServer({ certificate, reviews: { '/mutate': (request) => review(request, reviewer) }, ready: () => ready, log });
  port = await server.listen('127.0.0.1', 0);
});
afterAll(() => server.close());

interface Reply {
  status: number;
  body: unknown;
  authority: string;
}

function send(method: string, path: string, body?: string, ca = certificate.ca): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = https.request({ host: 'localhost', port, method, path, ca, agent: false, headers: body === undefined ? {} : { 'content-type': 'application/json' } }, (response) => {
      const authority = (response.socket as TLSSocket).getPeerCertificate().issuer.CN ?? '';
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString() || 'null'), authority: String(authority) }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

const question = (pod: V1Pod, more: Record<string, unknown> = {}) =>
  JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: { uid: 'question-1', operation: 'CREATE', namespace: 'services', resource: { group: '', version: 'v1', resource: 'pods' }, dryRun: true, object: pod, ...more } });

async function ask(pod: V1Pod, more?: Record<string, unknown>): Promise<AdmissionResponse> {
  const { status, body } = await send('POST', '/mutate', question(pod, more));
  expect([status, body]).toEqual([200, { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: expect.objectContaining({ uid: 'question-1' }) }]);
  return (body as { response: AdmissionResponse }).response;
}

function patched(pod: V1Pod, { patch = '' }: AdmissionResponse): V1Pod {
  const copy = structuredClone(pod);
  expect(applyPatch(copy, JSON.parse(Buffer.from(patch, 'base64').toString()) as Operation[])).toEqual(expect.not.arrayContaining([expect.any(Error)]));
  return copy;
}

describe('an AdmissionReview', () => {
  it('is answered with a patch that makes the rewritten pod of it', async () => {
    const pod = podOf({ ports: [{ containerPort: 80 }], args: ['a', 'b'] }, { initContainers: [{ name: 'first', image: 'busybox' }] }, { labels: { 'a/b~c': 'x' } });
    const response = await ask(pod);
    expect(response).toMatchObject({ allowed: true, patchType: 'JSONPatch' });
    const { sidecar, user, outer, pod: whole } = partsOf(patched(pod, response));
    expect([sidecar.image, user.command?.[0], outer.name]).toEqual(['carryon-runtime:1', '/.carryon/ambassador', 'web']);
    expect(whole.metadata?.labels).toMatchObject({ 'a/b~c': 'x', 'carryon.io/service': outer.id });
    expect(outer.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const again = partsOf(patched(pod, await ask(pod)));
    expect(again.outer.id).not.toBe(outer.id);
  });

  it('gives the service that is away to its stand-in', async () => {
    ownership = () => Promise.resolve({ name: 'web', away: { service: '11111111-1111-4111-8111-111111111111', name: 'shop' } });
    const { sidecar, outer } = partsOf(patched(podOf(), await ask(podOf())));
    expect([outer.id, outer.name]).toEqual(['11111111-1111-4111-8111-111111111111', 'shop']);
    expect(sidecar.env).toContainEqual({ name: 'CARRYON_STAND_IN', value: '1' });
    ownership = () => Promise.resolve({ name: 'web' });
  });

  it('is refused with every field that offends', async () => {
    const response = await ask(podOf({ tty: true, securityContext: { privileged: true } }));
    expect(response).toMatchObject({ allowed: false, status: { code: 422, reason: 'Invalid' } });
    expect(response.status?.message).toMatch(/\n {2}spec\.containers\[0\]\.tty: .*\n {2}spec\.containers\[0\]\.securityContext\.privileged: /);
    expect(response.patch).toBeUndefined();
  });

  it.each([
    ['a maker that is refused', new RefusedError('owner-unknown', 'A DaemonSet made it.', { next: 'Use a Deployment.' }), 422, 'A DaemonSet made it. Use a Deployment.'],
    ['no answer', new UnavailableError('kubernetes-unreachable', 'No answer.', { next: 'Look.' }), 503, 'No answer. Look.'],
    ['anything else', new TypeError('broken'), 503, 'broken'],
  ])('is refused when it is not known whose pod it is: %s', async (_, error, code, message) => {
    ownership = () => Promise.reject(error);
    expect(await ask(podOf())).toMatchObject({ allowed: false, status: { code, message } });
    ownership = () => Promise.resolve({ name: 'web' });
  });

  it.each<[string, V1Pod, Record<string, unknown>]>([
    ['a pod without the label', podOf({}, {}, { labels: { 'carryon.io/migratable': 'false' } }), {}],
    ['another namespace', podOf(), { namespace: 'kube-system' }],
    ['an update', podOf(), { operation: 'UPDATE' }],
    ['another resource', podOf(), { resource: { group: 'apps', version: 'v1', resource: 'pods' } }],
    ['a binding', podOf(), { subResource: 'binding' }],
  ])('leaves alone: %s', async (_, pod, more) => {
    expect(await ask(pod, more)).toEqual({ uid: 'question-1', allowed: true });
  });
});

describe('the server', () => {
  it.each([
    ['no JSON', '{', 400],
    ['no review', '{}', 400],
    ['a review of another version', question(podOf()).replace('admission.k8s.io/v1', 'admission.k8s.io/v1beta1'), 400],
    ['no object', question(podOf(), { object: null }), 400],
    ['more than an API server would send', JSON.stringify({ filler: 'x'.repeat(3 * 1024 * 1024) }), 413],
  ])('refuses %s', async (_, body, status) => {
    expect((await send('POST', '/mutate', body)).status).toBe(status);
  });

  it.each([['GET', '/mutate'], ['POST', '/'], ['PUT', '/mutate'], ['POST', '/healthz'], ['GET', '/metrics']])('has no %s %s', async (method, path) => {
    expect((await send(method, path, method === 'GET' ? undefined : '{}')).status).toBe(404);
  });

  it('says whether it is called', async () => {
    expect(await send('GET', '/healthz')).toMatchObject({ status: 503, body: { ready: false } });
    ready = true;
    expect(await send('GET', '/healthz')).toMatchObject({ status: 200, body: { ready: true } });
  });

  it('shows a new certificate to whoever comes next', async () => {
    const before = await send('GET', '/healthz');
    const fresh = await issueServing('localhost', 3_600_000);
    server.use(fresh);
    await expect(send('GET', '/healthz')).rejects.toThrow();
    const after = await send('GET', '/healthz', undefined, fresh.ca);
    expect(after.status).toBe(200);
    expect(after.authority).not.toBe(before.authority);
    server.use(certificate);
  });

  it('answers while it closes, and has the caller come by another connection', async () => {
    const other = createServer({ certificate, reviews: { '/mutate': () => Promise.reject(new Error('not asked')) }, ready: () => true, log });
    const at = await other.listen('127.0.0.1', 0);
    const agent = new https.Agent({ keepAlive: true, ca: certificate.ca });
    const get = () =>
      new Promise<[number | undefined, string | undefined]>((resolve, reject) => {
        https.get({ host: 'localhost', port: at, path: '/healthz', agent }, (response) => response.resume().on('end', () => resolve([response.statusCode, response.headers.connection]))).on('error', reject);
      });
    expect(await get()).toEqual([200, 'keep-alive']);
    const closed = other.close();
    expect(await get()).toEqual([200, 'close']);
    await closed;
    await expect(get()).rejects.toThrow('ECONNREFUSED');
  });

  it('writes no values into its log', async () => {
    await ask(podOf({ env: [{ name: 'PASSWORD', value: 'hunter2' }], args: ['--token=hunter2'] }));
    await ask(podOf({ env: [{ name: 'PASSWORD', value: 'hunter2' }], tty: true }));
    await send('POST', '/mutate', '{"hunter2');
    expect(lines.some((line) => line.includes('rewritten'))).toBe(true);
    expect(lines.some((line) => line.includes('spec.containers[0].tty'))).toBe(true);
    expect(lines.join('')).not.toContain('hunter2');
  });
});
