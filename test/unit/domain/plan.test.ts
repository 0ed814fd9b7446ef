import { describe, expect, test } from '@jest/globals';
import type { DestinationFacts, MigrationRequest, ServiceFacts } from '../../../domain/migration';
import { decidePlan } from '../../../domain/plan';
import { defaultPolicy } from '../../../domain/policy';
import { parseRequest } from '../../../domain/request';
import { destinationFacts, host, serviceFacts } from '../../fakes/facts';

const plan = (source: Partial<ServiceFacts> = {}, destination: Partial<DestinationFacts> = {}, request: Partial<MigrationRequest> = {}) =>
  decidePlan({ from: 'edge', source: serviceFacts(source), destination: destinationFacts(destination) }, parseRequest({ service: 'cache', to: 'cloud', ...request }));
const codes = (...given: Parameters<typeof plan>) => plan(...given).refusals.map(({ code }) => code);

describe('decidePlan', () => {
  test('finds nothing to refuse between equal clusters with room', () => expect(codes()).toEqual([]));

  test('tells how long a post-copy depends on both sides, and what happens when one is lost then', () => {
    const strategy = 'post-copy';
    expect(plan({}, {}, { strategy }).risks.join(' ')).toMatch(/pages are owed: if cloud is lost for good in that time, the source stays frozen until `carryon resolve`/);
    expect(plan({}, {}, { strategy, onLoss: 'resume-frozen' }).risks.join(' ')).toMatch(/goes on from the freeze, without what happened at cloud since/);
    expect(plan({}, {}, { strategy }).risks.join(' ')).toMatch(/so it is when the programs that fetch them there die; if the source is lost, the service's memory is/);
    expect(plan({}, {}, { strategy: 'stop-and-copy' }).risks.join(' ')).not.toMatch(/owed:/);
  });

  test('tells what a death of the source costs before its copy is complete', () => {
    expect(plan({}, {}, { strategy: 'post-copy' }).risks.join(' ')).toMatch(/until the commit .* if its outer container dies, the service begins anew/);
    expect(plan({}, {}, { strategy: 'stop-and-copy' }).risks.join(' ')).toMatch(/dies in the freeze, the service goes on at cloud when its copy is complete by then, else at the source from the dump/);
  });

  test('refuses a taken port of the same protocol only', () => {
    expect(codes({}, { portsInUse: [{ port: 6379, protocol: 'tcp' }] })).toEqual(['port-taken']);
    expect(codes({}, { portsInUse: [{ port: 6379, protocol: 'udp' }] })).toEqual([]);
  });

  test('refuses too little memory, the overhead of the outer container counted', () => {
    const memoryBytes = 512 * 1024 ** 2;
    expect(codes({ memoryBytes }, { host: host({ freeMemoryBytes: memoryBytes }) })).toEqual(['memory']);
    expect(codes({ memoryBytes }, { host: host({ freeMemoryBytes: 2 * memoryBytes }) })).toEqual([]);
  });

  test('refuses too little disk for files and an image that has to come along', () => {
    const facts = { fileBytes: 100, imageBytes: 1000 };
    expect(codes(facts, { host: host({ freeDiskBytes: 500 }) })).toEqual(['disk-space']);
    expect(codes(facts, { host: host({ freeDiskBytes: 500 }), imagePresent: true })).toEqual([]);
  });

  test('asks for room for the dump on both sides when the strategy writes one', () => {
    const strategy = 'stop-and-copy';
    expect(codes({ memoryBytes: 5000, fileBytes: 0, host: host({ freeDiskBytes: 10 }) }, { host: host({ freeDiskBytes: 10 }), imagePresent: true }, { strategy })).toEqual([
      'disk-space',
      'disk-space',
    ]);
  });

  test('refuses exec sessions by name unless they may be ended', () => {
    const facts = { execSessions: [{ pid: 77, comm: 'bash' }] };
    expect(plan(facts).refusals).toEqual([{ code: 'exec-sessions', message: expect.stringContaining('bash (77)') as unknown }]);
    expect(codes(facts, {}, { execSessions: 'end' })).toEqual([]);
  });

  test('refuses an image that nobody has', () => expect(codes({ imageBytes: 0 })).toEqual(['image-missing']));
  test('refuses a destination that still holds pages', () => expect(codes({}, { existing: { state: 'owing', epoch: 1 } })).toEqual(['owing-debt']));
  test('refuses post-copy by name where it is impossible', () =>
    expect(codes({ host: host({ criuFeatures: ['timens'] }) }, {}, { strategy: 'post-copy' })).toEqual(['strategy-impossible']));

  test('the strictest of request, source and destination counts', () => {
    const strict = { policy: { ...defaultPolicy, safety: 'strict' } } as const;
    expect(plan().strategy).toBe('post-copy');
    for (const [source, destination, request] of [
      [{}, {}, { safety: 'strict' }],
      [strict, {}, {}],
      [{}, strict, { safety: 'normal' }],
    ] as const) {
      expect(plan(source, destination, request).strategy).toBe('stop-and-copy');
    }
    expect(plan({}, strict, { safety: 'normal' }).reasons.join(' ')).toContain('set at cloud; a request cannot loosen it');
  });

  test('refuses post-copy together with strict safety', () => {
    const { refusals } = plan({}, {}, { safety: 'strict', strategy: 'post-copy' });
    expect(refusals).toEqual([{ code: 'strategy-impossible', message: expect.stringMatching(/strict safety \(asked for\) excludes\. Choose --strategy/) as unknown }]);
  });

  test('gives a migration its share of the bandwidth, and predicts with it', () => {
    const limited = { policy: { ...defaultPolicy, limits: { ...defaultPolicy.limits, bandwidth: 2 * 1024 ** 2 } } };
    expect(plan()).not.toHaveProperty('bytesPerSecond');
    expect(plan({}, limited).bytesPerSecond).toBe(1024 ** 2);
    expect(plan({}, limited).predicted.migrationMs).toBeGreaterThan(128_000);
    expect(plan({}, limited).predicted.downtimeMs).toBe(plan().predicted.downtimeMs);
  });

  test('says in every refusal what to do', () => {
    const { refusals } = plan(
      { imageBytes: 0, memoryBytes: 2 ** 50, fileBytes: 2 ** 60, execSessions: [{ pid: 1, comm: 'sh' }] },
      { host: host({ kernel: '4.1.0', cpuFlags: ['fpu'], criuFeatures: ['uffd'] }), portsInUse: [{ port: 6379, protocol: 'tcp' }] },
    );
    expect(refusals.length).toBeGreaterThanOrEqual(8);
    for (const { message } of refusals) expect(message).toMatch(/(Choose|Update|Free|End|Pull|Wait|Run|Build|choose) /);
  });

  test('predicts more downtime for more memory, processes and connections', () => {
    const small = plan().predicted;
    for (const more of [{ memoryBytes: 2 ** 31 }, { processes: Array(20).fill(serviceFacts().processes[0]) as ServiceFacts['processes'] }, { tcpConnections: 500 }]) {
      expect(plan(more).predicted.downtimeMs).toBeGreaterThan(small.downtimeMs);
    }
  });

  test('predicts exposure for post-copy only', () => {
    expect(plan({ memoryBytes: 1024 ** 3 }).predicted).toMatchObject({ exposureMs: 2560, exposedBytes: 1024 ** 3 });
    expect(plan({}, {}, { strategy: 'stop-and-copy' }).predicted).toMatchObject({ exposureMs: 0, exposedBytes: 0 });
  });
});
