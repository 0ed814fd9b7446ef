import { describe, expect, it } from '@jest/globals';
import { stepOf, type Moments, type Step } from '../../soak/schedule';

const moments: Moments = { 'post-copy': ['phase:freeze', 'source:journal-owing'], 'stop-and-copy': ['phase:commit'] };
const steps = (seed: number, count = 200) => Array.from({ length: count }, (_, index) => stepOf(seed, index, moments));
const some = (condition: (step: Step) => boolean) => expect(steps(1).some(condition)).toBe(true);

describe('the schedule of a soak', () => {
  it('is the same for the same seed, from any step on', () => {
    expect(steps(7)).toEqual(steps(7));
    expect(stepOf(7, 33, moments)).toEqual(steps(7)[33]);
  });

  it('is another one for another seed', () => {
    expect(steps(7)).not.toEqual(steps(8));
    expect(stepOf(7, 1, moments)).not.toEqual({ ...stepOf(8, 0, moments), index: 1 });
  });

  it('has both strategies, steps without a migration, one and two disturbances, and all commands', () => {
    some(({ strategy }) => strategy === 'post-copy');
    some(({ strategy }) => strategy === 'stop-and-copy');
    some(({ strategy }) => strategy === undefined);
    some(({ disturbances }) => disturbances.length === 0);
    some(({ disturbances }) => disturbances.length === 2);
    for (const command of ['ps', 'exec', 'logs', 'plan', 'abort', 'keep-source', 'keep-destination', 'rm', 'stop-start']) some(({ commands }) => commands.some((one) => one.command === command));
  });

  it('stops a service only when nothing else goes on', () => {
    for (const { strategy, disturbances, commands } of steps(2, 2_000)) {
      if (commands.some(({ command }) => command === 'stop-start')) expect({ strategy, disturbances, commands: commands.length }).toEqual({ strategy: undefined, disturbances: [], commands: 1 });
    }
  });

  it('aborts only what migrates, and asks to remove only what nobody stops', () => {
    for (const { strategy, disturbances, commands } of steps(4, 2_000)) {
      if (commands.some(({ command }) => command === 'abort')) expect(strategy).toBeDefined();
      if (commands.some(({ command }) => command === 'rm')) expect(disturbances.map(({ killed }) => killed).filter((killed) => killed.endsWith('-container'))).toEqual([]);
    }
  });

  it('meets a migration only where its strategy comes by, and kills nothing twice', () => {
    for (const { strategy, disturbances } of steps(3, 2_000)) {
      const [first, second] = disturbances;
      if (first && first.at !== 'at-rest') expect(strategy && moments[strategy]).toContain(first.at);
      if (second) expect(second).not.toMatchObject({ killed: first?.killed });
      for (const { killed } of disturbances) expect(killed).not.toMatch(/disk-full|clock/);
    }
  });
});
