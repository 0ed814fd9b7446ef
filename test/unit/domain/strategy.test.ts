import { describe, expect, test } from '@jest/globals';
import { chooseStrategy } from '../../../domain/strategy';

const able = { criuFeatures: ['uffd'], criuVersion: '4.2.1' };
const unable = { criuFeatures: ['timens'], criuVersion: '4.2.1' };
const unasked = { criuFeatures: [], criuVersion: '4.2.1' };
const facts = (over: object = {}) => ({ source: able, destination: able, downtimeMs: { 'stop-and-copy': 2000, 'post-copy': 25 }, ...over });
const auto = { strategy: 'auto', maxDowntimeMs: 200 } as const;

describe('chooseStrategy', () => {
  test('takes stop-and-copy where its downtime is good enough: it owes nothing', () => {
    expect(chooseStrategy(facts(), { strategy: 'auto', maxDowntimeMs: 5000 })).toMatchObject({ strategy: 'stop-and-copy' });
  });

  test('takes post-copy where stop-and-copy is too slow and both sides can, and names the price', () => {
    const { strategy, reasons } = chooseStrategy(facts(), auto);
    expect(strategy).toBe('post-copy');
    expect(reasons.join(' ')).toMatch(/2\.0 s; the asked downtime is 200 ms.*needs the source/);
  });

  test('falls back on stop-and-copy where post-copy is not possible, and says that the wish is not kept', () => {
    const { strategy, reasons } = chooseStrategy(facts({ destination: unable }), auto);
    expect(strategy).toBe('stop-and-copy');
    expect(reasons.join(' ')).toMatch(/cannot be kept.*no userfaultfd at the destination/);
  });

  test('expects of a destination that nobody could ask yet what the source can', () => {
    expect(chooseStrategy(facts({ destination: unasked }), auto).strategy).toBe('post-copy');
  });

  test('does what was asked for', () => {
    expect(chooseStrategy(facts(), { ...auto, strategy: 'stop-and-copy' }).strategy).toBe('stop-and-copy');
    expect(chooseStrategy(facts(), { strategy: 'post-copy', maxDowntimeMs: 60_000 }).strategy).toBe('post-copy');
  });

  test('strict safety takes stop-and-copy however slow it is, and says what that costs', () => {
    const { strategy, reasons, impossible } = chooseStrategy(facts(), { ...auto, safety: 'strict', by: 'set at edge; a request cannot loosen it' });
    expect({ strategy, impossible }).toEqual({ strategy: 'stop-and-copy' });
    expect(reasons.join(' ')).toMatch(/set at edge; a request cannot loosen it.*2\.0 s, where post-copy would for about 25 ms.*200 ms cannot be kept/);
  });

  test('strict safety excludes the post-copy that was asked for, and says why', () => {
    expect(chooseStrategy(facts(), { ...auto, strategy: 'post-copy', safety: 'strict', by: 'asked for' }).impossible).toMatch(
      /memory at the source.*after the commit, which strict safety \(asked for\) excludes/,
    );
  });

  test('says which side makes the asked post-copy impossible', () => {
    expect(chooseStrategy(facts({ source: unable, destination: unable }), { ...auto, strategy: 'post-copy' }).impossible).toMatch(/missing at the source and the destination/);
  });
});
