import { describe, expect, test } from '@jest/globals';
import { compareHosts, missingFlags, olderKernel } from '../../../domain/compatibility';
import { host } from '../../fakes/facts';

const codes = (source: Parameters<typeof host>[0], destination: Parameters<typeof host>[0]) => compareHosts(host(source), host(destination)).map(({ code }) => code);

describe('compareHosts', () => {
  test('accepts equal hosts', () => expect(codes({}, {})).toEqual([]));
  test('accepts a destination that can more', () =>
    expect(codes({}, { kernel: '7.1.0', cpuFlags: [...host().cpuFlags, 'avx512f'], criuFeatures: [...host().criuFeatures, 'pagemap_scan'] })).toEqual([]));
  test('refuses another architecture and compares nothing else then', () => expect(codes({}, { architecture: 'aarch64', cpuFlags: [] })).toEqual(['architecture']));
  test('knows that one architecture has several names', () => expect(codes({ architecture: 'x64' }, { architecture: 'amd64' })).toEqual([]));
  test('refuses a destination without an instruction set that the service may use', () => expect(codes({}, { cpuFlags: ['fpu', 'sse4_2'] })).toEqual(['cpu-flags']));
  test('refuses an older kernel', () => expect(codes({}, { kernel: '6.1.0-18-amd64' })).toEqual(['kernel-older']));
  test('refuses a destination that cannot restore clocks', () => expect(codes({}, { criuFeatures: ['uffd'] })).toEqual(['criu-feature']));
  test('does not refuse features that nobody has asked for yet', () => expect(codes({}, { criuFeatures: [] })).toEqual([]));
  test('refuses a side without CRIU', () => expect(codes({}, { criuVersion: 'none', criuFeatures: [] })).toEqual(['criu-missing']));
});

describe('missingFlags', () => {
  test('names what programs see only', () => expect(missingFlags(['avx2', 'hypervisor', 'md_clear', 'vmx'], ['sse2'])).toEqual(['avx2']));
  test('cannot tell when one side is unknown', () => expect(missingFlags(['avx2'], [])).toEqual([]));
  test('covers ARM', () => expect(missingFlags(['fp', 'asimd', 'sve2', 'atomics'], ['fp', 'asimd'])).toEqual(['sve2', 'atomics']));
});

describe('olderKernel', () => {
  test.each([
    ['5.15.0', '6.1.0', true],
    ['6.1.90', '6.10.2', true],
    ['6.8.0-31', '6.8.0-45', false],
    ['7.0.0', '6.18.5', false],
    ['unknown', '6.1.0', false],
  ])('%s beside %s: %s', (one, other, older) => expect(olderKernel(one, other)).toBe(older));
});
