import { expect, test } from '@jest/globals';
import { msToNumber } from '@temporalio/common/lib/time';
import * as options from '../../../workflows/options';

const all: [string, { startToCloseTimeout: string; heartbeatTimeout?: string }][] = Object.entries(options);

test.each(all)('%s: an attempt is limited, and heard of meanwhile', (_, { startToCloseTimeout, heartbeatTimeout }) => {
  expect(msToNumber(startToCloseTimeout)).toBeGreaterThan(0);
  expect(msToNumber(heartbeatTimeout)).toBeLessThanOrEqual(15_000);
});
