import { expect, test } from '@jest/globals';
import { bandwidthShare, defaultPolicy, type Limits } from '../../../domain/policy';

const policy = (limits: Partial<Limits> = {}) => ({ ...defaultPolicy, limits: { ...defaultPolicy.limits, ...limits } });

test('as many migrations as are allowed at once keep within the bandwidth of both clusters', () => {
  expect(bandwidthShare(policy(), policy())).toBeUndefined();
  expect(bandwidthShare(policy({ bandwidth: 100, migrationsOut: 4 }), policy())).toBe(25);
  expect(bandwidthShare(policy({ bandwidth: 100, migrationsOut: 4 }), policy({ bandwidth: 30, migrationsIn: 3 }))).toBe(10);
  expect(bandwidthShare(policy(), policy({ bandwidth: 1 }))).toBe(1);
});
