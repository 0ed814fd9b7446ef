import { describe, expect, it } from '@jest/globals';
import { RefusedError, UnavailableError } from '../../../domain/errors';
import { errorReply } from '../../../engine/api/error-reply';
import { parse, parseExecHeader, parseSpec, prepareRequest, stepRequest } from '../../../engine/api/schemas';
import { frame, frameReader } from '../../../engine/exec/frames';
import { aheadOf, kernelClocksOf, parseOffsets } from '../../../engine/migration/clock';
import { createShared } from '../../../engine/migration/shared';
import { totalOf } from '../../../engine/service/disk-usage';
import { cpuFlags } from '../../../engine/service/host-facts';
import { memoryFromStatus } from '../../../engine/service/memory';
import { listsObjects } from '../../../engine/service/system-v';
import { countEstablished } from '../../../engine/service/tcp-connections';
import { createTurn } from '../../../engine/turn';

describe('clocks', () => {
  it('of a new sandbox are never behind those that the application has seen', () => {
    const theirs = { monotonicNs: 9_000n * 1_000_000_000n, boottimeNs: 9_500n * 1_000_000_000n };
    const ours = { monotonicNs: 100n * 1_000_000_000n, boottimeNs: 100n * 1_000_000_000n };
    const roundTrip = 30_000_000n;
    const offset = aheadOf(theirs, ours, roundTrip);
    expect(ours.monotonicNs + offset.monotonicNs).toBeGreaterThanOrEqual(theirs.monotonicNs + roundTrip);
    expect(ours.boottimeNs + offset.boottimeNs).toBeGreaterThanOrEqual(theirs.boottimeNs + roundTrip);
  });

  it('may be set back against a host that has been up longer', () => {
    expect(aheadOf({ monotonicNs: 1n, boottimeNs: 1n }, { monotonicNs: 10n ** 12n, boottimeNs: 10n ** 12n }, 0n).monotonicNs).toBeLessThan(0n);
  });

  it('are counted from the initial time namespace, even where the outer container lives in a shifted one', () => {
    const seen = { monotonicNs: 86_500n * 1_000_000_000n, boottimeNs: 100n * 1_000_000_000n };
    expect(kernelClocksOf(seen, { monotonicNs: 86_400n * 1_000_000_000n, boottimeNs: 0n })).toEqual({ monotonicNs: 100n * 1_000_000_000n, boottimeNs: 100n * 1_000_000_000n });
  });

  it('are read as the kernel shows offsets, also negative ones', () => {
    expect(parseOffsets('monotonic          -3  500000000\nboottime           12         7\n')).toEqual({ monotonicNs: -2_500_000_000n, boottimeNs: 12_000_000_007n });
  });
});

describe('what /proc and tools tell', () => {
  it('counts anonymous and shared memory, not pages of files', () => {
    expect(memoryFromStatus('VmRSS:\t 900 kB\nRssAnon:\t     100 kB\nRssFile:\t     700 kB\nRssShmem:\t     100 kB\n')).toBe(200 * 1024);
  });

  it('counts established connections only', () => {
    const row = (state: string) => `   0: 0100007F:1F90 0100007F:8000 ${state} 00000000:00000000 00:00000000 00000000 0 0 1\n`;
    expect(countEstablished(`  sl  local_address rem_address   st\n${row('0A')}${row('01')}${row('06')}${row('01')}`)).toBe(2);
  });

  it('finds System V objects below the headings', () => {
    const headings = '       key      shmid perms\n       key      semid perms\n       key      msqid perms\n';
    expect(listsObjects(headings)).toBe(false);
    expect(listsObjects(`${headings}  16853          0   600\n`)).toBe(true);
  });

  it('knows the flags of both architectures', () => {
    expect(cpuFlags('processor : 0\nflags\t\t: sse2 avx\n')).toEqual(['avx', 'sse2']);
    expect(cpuFlags('Features\t: fp asimd\n')).toEqual(['asimd', 'fp']);
  });

  it('takes the total of du', () => {
    expect(totalOf('10\t/a\n20\t/b\n30\ttotal\n')).toBe(30);
    expect(totalOf('')).toBe(0);
  });
});

describe('requests', () => {
  const spec = { id: '1f0c2b5e-8f0a-4d0e-9a38-0d8ce5b8a001', name: 'n', image: 'i', env: {}, ports: [], volumes: [], restart: 'no', address: '10.99.0.2' };
  const refusal = (act: () => unknown) => {
    try {
      act();
    } catch (error) {
      return error as RefusedError;
    }
    throw new Error('accepted');
  };

  it('are taken when they are whole', () => {
    expect(parseSpec(spec)).toEqual(spec);
  });

  it.each([
    ['a volume that climbs', { volumes: [{ name: '..', path: '/d' }] }, 'volumes.0.name'],
    ['a path that climbs', { volumes: [{ name: 'v', path: '/d/../../etc' }] }, 'volumes.0.path'],
    ['a port beyond the last', { ports: [{ host: 70000, container: 1, protocol: 'tcp' }] }, 'ports.0.host'],
    ['an id that is none', { id: 'x' }, 'id'],
    ['an address that is none', { address: '10.99.0.2; reboot' }, 'address'],
    ['an unknown field', { privileged: true }, 'privileged'],
    ['an empty name of a variable', { env: { '': 'x' } }, 'env'],
  ])('with %s are refused by the name of the field', (_what, change, field) => {
    expect(refusal(() => parseSpec({ ...spec, ...change }))).toMatchObject({ code: 'bad-request', message: expect.stringContaining(field) });
  });

  it('to step must name a verb that exists', () => {
    expect(refusal(() => parse(stepRequest, { do: 'explode' })).message).toContain('do');
  });

  it('to prepare must not smuggle a host name', () => {
    const peer = { cluster: 'a', reach: { host: 'x\npeerca=/etc', apiPort: 1, handoffPort: 1, tunnelPort: 1 }, ca: 'BEGIN CERTIFICATE', tunnelKey: Buffer.alloc(32).toString('base64') };
    const ticket = { migration: 'm', service: spec.id, epoch: 1, strategy: 'post-copy', source: peer, destination: peer, discardAfterMs: 1000, relayForMs: 0, execSessions: 'end' };
    expect(refusal(() => parse(prepareRequest, { role: 'source', ticket })).message).toContain('ticket.source.reach.host');
  });

  it('to exec come as base64 of JSON in a header', () => {
    expect(parseExecHeader(Buffer.from('{"command":["ls"]}').toString('base64'))).toEqual({ command: ['ls'] });
    expect(refusal(() => parseExecHeader('%%%')).code).toBe('bad-request');
    expect(refusal(() => parseExecHeader(undefined)).code).toBe('bad-request');
  });
});

describe('error replies', () => {
  it('say by their status who recovers', () => {
    expect(errorReply(new RefusedError('already-migrating', 'm')).status).toBe(409);
    expect(errorReply(new RefusedError('bad-request', 'm')).status).toBe(400);
    expect(errorReply(new RefusedError('no-migration', 'm')).status).toBe(404);
    expect(errorReply(new UnavailableError('busy', 'm')).status).toBe(503);
    expect(errorReply(new Error('x')).status).toBe(500);
  });

  it('keep code, message and next', () => {
    expect(errorReply(new RefusedError('c', 'm', { next: 'n' })).body).toEqual({ error: { code: 'c', message: 'm', next: 'n', recovery: 'refuse' } });
  });
});

describe('frames', () => {
  it('come out whole however the bytes are cut', () => {
    const bytes = Buffer.concat([frame(1, Buffer.from('hello')), frame(0, Buffer.alloc(0)), frame(3, Buffer.from('{}'))]);
    const read = frameReader();
    const got = [...bytes].flatMap((byte) => read(Buffer.from([byte])));
    expect(got.map(({ stream, payload }) => [stream, payload.toString()])).toEqual([[1, 'hello'], [0, ''], [3, '{}']]);
  });

  it('of absurd length are refused', () => {
    expect(() => frameReader()(Buffer.from([0, 0xff, 0xff, 0xff, 0xff]))).toThrow(/too long/);
  });
});

describe('order among verbs', () => {
  it('lets each wait for those before, whatever became of them', async () => {
    const turn = createTurn();
    const seen: string[] = [];
    const first = turn(async () => {
      await new Promise((resume) => setTimeout(resume, 10));
      seen.push('first');
      throw new Error('failed');
    });
    const second = turn(() => Promise.resolve(seen.push('second')));
    await expect(first).rejects.toThrow('failed');
    await second;
    expect(seen).toEqual(['first', 'second']);
  });

  it('gives a repeated call the running work, and new work after it ended', async () => {
    const shared = createShared();
    let runs = 0;
    const work = () => Promise.resolve((runs += 1));
    expect(await Promise.all([shared.run('a', work), shared.run('a', work)])).toEqual([1, 1]);
    expect(await shared.run('a', work)).toBe(2);
  });
});
