import { expect, test } from '@jest/globals';
import { msToNumber } from '@temporalio/common/lib/time';
import * as options from '../../../workflows/options';

/** A question that is shorter than this is asked again before a heartbeat would be missed. */
const shortMs = 20_000;

const all: [string, { startToCloseTimeout: string; heartbeatTimeout?: string }][] = Object.entries(options);

test.each(all)('%s: an attempt is limited, and one that may last is heard of meanwhile', (_, { startToCloseTimeout, heartbeatTimeout }) => {
  const limitMs = msToNumber(startToCloseTimeout);
  expect(limitMs).toBeGreaterThan(0);
  if (limitMs > shortMs) expect(msToNumber(heartbeatTimeout)).toBeLessThanOrEqual(15_000);
});
