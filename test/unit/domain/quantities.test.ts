import { describe, expect, test } from '@jest/globals';
import { formatBytes, formatDuration, parseDuration, parseSize } from '../../../domain/quantities';

describe('parseDuration', () => {
  test.each([
    ['200ms', 200],
    ['1.5s', 1500],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['0s', 0],
    [' 30S ', 30_000],
  ])('reads %s', (text, ms) => expect(parseDuration(text)).toBe(ms));

  test.each(['', '10', 'ten minutes', '-5s', '5d', '1h30m', 's'])('refuses "%s" and says how to write one', (text) => {
    expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: 'bad-duration', next: expect.stringContaining('200ms') as unknown }));
  });
});

describe('parseSize', () => {
  test.each([
    ['256m', 268_435_456],
    ['1.5g', 1_610_612_736],
    ['512MiB', 536_870_912],
    ['64kb', 65_536],
    ['4096', 4096],
    ['10b', 10],
  ])('reads %s', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  test.each(['', '0', '-1m', '1x', 'big', '1.2.3g'])('refuses "%s"', (text) => {
    expect(() => parseSize(text)).toThrow(expect.objectContaining({ code: 'bad-size' }));
  });
});

test.each([
  [850, '850 ms'],
  [12_400, '12.4 s'],
  [200_000, '3 min 20 s'],
  [600_000, '10 min'],
])('%d ms are told as %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

test.each([
  [312, '312 B'],
  [37_888, '37 KiB'],
  [1_503_238_554, '1.4 GiB'],
])('%d bytes are told as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
