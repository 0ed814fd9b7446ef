import { expect, test } from '@jest/globals';
import { daemonWords, dockerFailure } from '../../../clients/orchestrators/docker/failure';
import { factsOf } from '../../../clients/orchestrators/host-facts';
import { parseProbe } from '../../../clients/orchestrators/host-probe';

const output = [
  'x86_64',
  '6.1.0',
  'processor : 0\nflags\t\t: fpu avx2 sse4_2\nprocessor : 1\nflags\t\t: fpu avx2 sse4_2',
  'MemTotal:  100 kB\nMemAvailable:      2048 kB',
  'Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda1 1000 400 600 40% /var/lib/carryon-images',
  'Version: 4.2.1\nGitID: v4.2.1',
  'tcp table',
  'udp table',
].join('\r\n----carryon----\r\n');

test('a probe tells the facts of its host, and leaves what only an engine can ask unknown', () => {
  expect(factsOf(parseProbe(output, 'edge'))).toEqual({
    architecture: 'x64',
    kernel: '6.1.0',
    cpuFlags: ['fpu', 'avx2', 'sse4_2'],
    criuVersion: '4.2.1',
    criuFeatures: [],
    freeMemoryBytes: 2048 * 1024,
    freeDiskBytes: 600 * 1024,
  });
});

test('a probe that says something else is refused with what it said', () => {
  expect(() => parseProbe('sh: not found', 'edge')).toThrow(/sh: not found/);
});

test("a daemon's refusal keeps its words; no answer at all can be tried again", () => {
  const refused = Object.assign(new Error('(HTTP code 400) unexpected - bad parameter'), { statusCode: 400 });
  expect(daemonWords(refused)).toBe('bad parameter');
  expect(dockerFailure(refused, 'edge', 'x')).toMatchObject({ code: 'docker-refused', recovery: 'refuse', cluster: 'edge' });
  expect(dockerFailure(Object.assign(new Error('(HTTP code 500) server error - oops'), { statusCode: 500 }), 'edge', 'x')).toMatchObject({ recovery: 'retry' });
  expect(dockerFailure(Object.assign(new Error('connect ENOENT'), { code: 'ENOENT' }), 'edge', 'x')).toMatchObject({ code: 'docker-unreachable', recovery: 'retry' });
});
