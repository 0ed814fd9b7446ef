import { describe, expect, it } from '@jest/globals';
import { benchArguments } from '../../../bench/arguments';
import { summarize } from '../../../bench/statistics';

describe('summarize', () => {
  it('takes the sample in the middle as median, whatever the order', () => {
    expect(summarize([30, 10, 20])).toEqual({ median: 20, min: 10, max: 30 });
  });

  it('takes the mean of the two in the middle when their number is even', () => {
    expect(summarize([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4 });
  });

  it('refuses to sum up nothing', () => {
    expect(() => summarize([])).toThrow('no samples');
  });
});

describe('the arguments of the bench', () => {
  it('have defaults', () => {
    expect(benchArguments([], ['a'])).toEqual({ runs: 10, only: undefined, strategy: 'post-copy', rollback: false });
  });

  it.each([
    [['--runs', '0'], '--runs takes'],
    [['--runs', 'many'], '--runs takes'],
    [['--only', 'b'], '--only takes one of a'],
    [['--strategy', 'pre-copy'], '--strategy takes one of'],
    [['--wrong'], '--wrong'],
  ])('%j are refused with what to write instead', (argv, message) => {
    expect(() => benchArguments(argv, ['a'])).toThrow(message);
  });
});
