import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openAuthority, type Authority } from '../../../clients/authority';
import { identifyCaller } from '../../../engine/identity/caller';
import { ensureKey } from '../../../engine/identity/key-pair';
import { ensureSigningRequest } from '../../../engine/identity/signing-request';

let directory: string;
let edge: Authority;
let cloud: Authority;
let csr: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'caller-'));
  // Two authorities that both call themselves what they like: a peer's may claim any cluster's names.
  [edge, cloud] = await Promise.all([openAuthority(join(directory, 'one'), 'edge'), openAuthority(join(directory, 'two'), 'edge')]);
  await ensureSigningRequest(directory, await ensureKey(directory), 'carryon://edge/service/s');
  csr = await readFile(join(directory, 'csr.pem'), 'utf8');
});
afterAll(() => rm(directory, { recursive: true }));

const trust = () => ({ cluster: 'edge', service: 's', ca: edge.certificate, peer: { cluster: 'cloud', ca: cloud.certificate } });

describe('who a certificate is', () => {
  it('is the coordinator when the own authority says so', async () => {
    expect(identifyCaller(new X509Certificate((await edge.issueCoordinator()).cert), trust())).toEqual({ kind: 'coordinator' });
  });

  it("is nobody when the peer's authority issued a coordinator of ours", async () => {
    expect(identifyCaller(new X509Certificate((await cloud.issueCoordinator()).cert), trust())).toBeUndefined();
  });

  it('is the peer when its name and its authority are those of the ticket', async () => {
    const peer = { ...trust(), peer: { cluster: 'edge', ca: cloud.certificate } };
    expect(identifyCaller(new X509Certificate(await cloud.signEngine(csr, 's')), peer)).toEqual({ kind: 'peer', cluster: 'edge' });
    expect(identifyCaller(new X509Certificate(await cloud.signEngine(csr, 'other')), peer)).toBeUndefined();
    expect(identifyCaller(new X509Certificate(await edge.signEngine(csr, 's')), peer)).toBeUndefined();
  });

  it('is nobody without a certificate or a ticket', async () => {
    expect(identifyCaller(undefined, trust())).toBeUndefined();
    expect(identifyCaller(new X509Certificate(await cloud.signEngine(csr, 's')), { ...trust(), peer: undefined })).toBeUndefined();
  });
});

describe('the request for a certificate', () => {
  it('is kept while key and identity stay', async () => {
    const key = await ensureKey(directory);
    await ensureSigningRequest(directory, key, 'carryon://edge/service/s');
    expect(await readFile(join(directory, 'csr.pem'), 'utf8')).toBe(csr);
    await ensureSigningRequest(directory, key, 'carryon://edge/service/t');
    expect(await readFile(join(directory, 'csr.pem'), 'utf8')).not.toBe(csr);
  });
});
