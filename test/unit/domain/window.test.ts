import { describe, expect, test } from '@jest/globals';
import { windowOfEvents } from '../../../domain/window';

const mib = 1024 ** 2;
const sent = { atMs: 1000.25, step: 'commit', state: 'handedOff', ms: 20 };
const acknowledged = { atMs: 1001, step: 'commit', state: 'committed', ms: 21 };
const paid = { atMs: 1140.25, step: 'pages', state: 'done', ms: 160 };

describe('windowOfEvents', () => {
  test('lasts from the commit that was sent until all pages are in', () => {
    expect(windowOfEvents([sent, acknowledged, paid], 128 * mib)).toEqual({ ms: 140, owedBytes: 128 * mib, msPerGib: 1120 });
  });

  test('is not known before it has ended, nor without the commit', () => {
    expect(windowOfEvents([sent, acknowledged], mib)).toBeUndefined();
    expect(windowOfEvents([paid], mib)).toBeUndefined();
  });

  test('a driver that took over may say that it is done once more: the last word counts', () => {
    expect(windowOfEvents([sent, paid, { ...paid, atMs: 2000.25 }], 1024 * mib)?.ms).toBe(1000);
  });
});
