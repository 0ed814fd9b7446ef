import { describe, expect, it } from '@jest/globals';
import { soakArguments } from '../../soak/arguments';

describe('the command line of the soak', () => {
  it('takes time, seed and number of steps', () => {
    expect(soakArguments(['--minutes', '30', '--seed', '7', '--steps', '9'], 1)).toEqual({ minutes: 30, seed: 7, steps: 9, list: false });
    expect(soakArguments([], 5)).toEqual({ minutes: 10, seed: 5, steps: Infinity, list: false });
    expect(soakArguments(['--list'], 5).steps).toBe(20);
  });

  it('refuses what it cannot do', () => {
    for (const argv of [['--minutes', '0'], ['--minutes', 'x'], ['--seed', '-1'], ['--seed', '1.5'], ['--steps', '0'], ['--steps', 'x'], ['--shard', '1/2']]) expect(() => soakArguments(argv, 1)).toThrow();
  });
});
