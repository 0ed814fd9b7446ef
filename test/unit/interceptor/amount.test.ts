import { describe, expect, it } from '@jest/globals';
import { amountOf, bytesOf } from '../../../interceptor/rewrite/amount';

describe('a quantity of Kubernetes', () => {
  it.each([['512Mi', 512 * 2 ** 20], ['1.5Gi', 1.5 * 2 ** 30], ['2', 2], ['250m', 0.25], ['1e3', 1000], ['5E-1', 0.5], ['1E', 1e18], ['100k', 100_000], ['.5', 0.5]])('%s is %d', (text, amount) => {
    expect(amountOf(text)).toBe(amount);
  });

  it('of bytes is rounded up', () => {
    expect(bytesOf('1500m')).toBe(2);
  });

  it.each(['', 'many', '1 Gi', '-1', '1Mib', '1e'])('"%s" is none', (text) => {
    expect(() => amountOf(text)).toThrow(expect.objectContaining({ code: 'bad-quantity' }));
  });
});
