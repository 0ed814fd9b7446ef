import { describe, expect, it } from '@jest/globals';
import { benchArguments } from '../../../bench/arguments';
import { birthplace, neededFor, pairOf } from '../../../bench/places';

const read = (...argv: string[]) => benchArguments(argv, ['redis-128']);

describe('where a bench measures', () => {
  it('is between daemons of Docker unless told otherwise', () => {
    expect(read('--runs', '3')).toEqual({ runs: 3, only: undefined, strategy: 'post-copy', rollback: false });
  });

  it.each([
    ['kubernetes,docker', ['east', 'edge'], { kubernetes: ['east'], k3s: [] }],
    ['docker,k3s', ['edge', 'lite'], { kubernetes: [], k3s: ['lite'] }],
    ['kubernetes,kubernetes', ['east', 'west'], { kubernetes: ['east', 'west'], k3s: [] }],
    ['docker,docker', ['edge', 'cloud'], { kubernetes: [], k3s: [] }],
  ])('is between two clusters of these kinds: %s', (text, clusters, needed) => {
    const { between } = read('--between', text);
    const pair = between && pairOf(between);
    expect(pair).toEqual(clusters);
    expect(neededFor(pair ?? [])).toEqual(needed);
  });

  it.each([['--between', 'docker'], ['--between', 'docker,mesos'], ['--between', 'k3s,k3s'], ['--between', 'docker,k3s,docker'], ['--between', 'docker,k3s', '--rollback']])('is refused where that is nowhere: %s %s', (...argv) => {
    expect(() => read(...argv)).toThrow(/--between/);
  });

  it('begins where services can be run', () => {
    expect(birthplace('cloud')).toBe('cloud');
    expect(birthplace('west')).toBe('edge');
  });
});
