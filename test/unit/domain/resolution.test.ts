import { describe, expect, test } from '@jest/globals';
import { decideResolution, tellKept, type ResolveRequest, type Witness, type WitnessHere } from '../../../domain/resolution';
import { parseResolveRequest } from '../../../domain/resolve-request';

const service = { id: '6b0f1d0e-0000-4000-8000-000000000001', name: 'cache' };
const ticket = (role: 'source' | 'destination', epoch = 2) => ({ migration: 'm', epoch, role, peer: role === 'source' ? 'cloud' : 'edge' });
const here = (cluster: string, state: WitnessHere['state'], over: Partial<WitnessHere> = {}): WitnessHere => ({ cluster, says: 'here', service, state, epoch: 2, alive: true, asks: false, ...over });
const source = (state: WitnessHere['state'], over: Partial<WitnessHere> = {}) => here('edge', state, { ticket: ticket('source'), ...over });
const destination = (state: WitnessHere['state'], over: Partial<WitnessHere> = {}) => here('cloud', state, { ticket: ticket('destination'), ...over });
const silent = (cluster: string): Witness => ({ cluster, says: 'nothing' });
const gone = (cluster: string): Witness => ({ cluster, says: 'gone' });
const stopped = (cluster: string): Witness => ({ cluster, says: 'stopped', service });

const decide = (keep: ResolveRequest['keep'], witnesses: Witness[], forceLost?: string) => {
  const decision = decideResolution({ service: 'cache', keep, ...(forceLost && { forceLost }) }, [...witnesses, gone('home')]);
  return decision.do === 'keep' ? `${decision.at.cluster}: ${decision.request.seen}` : decision.refusal.code;
};

describe('the source is kept', () => {
  test('and begins afresh only when it has told before that its dump cannot be restored', () => {
    const asked = (over: Partial<WitnessHere>) => {
      const decision = decideResolution({ service: 'cache', keep: 'source' }, [source('frozen', { asks: true, alive: false, ...over }), gone('cloud')]);
      return decision.do === 'keep' ? decision.request : decision.refusal;
    };
    expect(asked({})).toEqual({ migration: 'm', epoch: 2, seen: 'frozen' });
    expect(asked({ dumpUnusable: true })).toEqual({ migration: 'm', epoch: 2, seen: 'frozen', afresh: true });
  });

  test.each([
    ['in doubt, with the destination removed', [source('handedOff'), gone('cloud')], undefined, 'edge: handedOff'],
    ['in doubt, with a destination that discarded', [source('handedOff'), destination('discarded')], undefined, 'edge: handedOff'],
    ['in doubt, with a destination that never took the ticket', [source('handedOff'), here('cloud', 'absent', { epoch: 0 })], undefined, 'edge: handedOff'],
    ['in doubt, with a destination that is gone for ever, as a human says', [source('handedOff'), silent('cloud')], 'cloud', 'edge: handedOff'],
    ['restarted and asking, with the destination removed', [source('armedS', { asks: true, alive: false }), gone('cloud')], undefined, 'edge: armedS'],
    ['owing, with the destination removed', [source('owing'), gone('cloud')], undefined, 'edge: owing'],
    ['frozen before any commit, whoever is silent', [source('frozen'), silent('cloud')], undefined, 'edge: frozen'],
    ['running already, whoever is silent', [source('running'), silent('cloud')], undefined, 'edge: running'],
  ] as const)('%s', (_, witnesses, lost, expected) => {
    expect(decide('source', [...witnesses], lost)).toBe(expected);
  });

  test.each([
    ['while the destination is silent', [source('handedOff'), silent('cloud')], undefined, 'cluster-silent'],
    ['while the destination runs', [source('handedOff'), destination('running')], undefined, 'other-copy'],
    ['while the destination may still commit', [source('handedOff'), destination('gated')], undefined, 'other-copy'],
    ['while the destination waits for its pages', [source('owing'), destination('waiting')], undefined, 'other-copy'],
    ['while the destination is stopped', [source('owing'), stopped('cloud')], undefined, 'other-stopped'],
    ['restarted and asking, while the destination is silent', [source('frozen', { asks: true }), silent('cloud')], undefined, 'cluster-silent'],
    ['when nothing of it is left there', [source('relaying'), gone('cloud')], undefined, 'nothing-to-keep'],
    ['when it does not answer itself', [silent('edge'), destination('waiting')], undefined, 'not-there'],
    ['when a cluster that answers is said to be lost', [source('handedOff'), destination('gated')], 'cloud', 'not-lost'],
    ['when a removed one is said to be lost', [source('handedOff'), gone('cloud')], 'cloud', 'not-lost'],
    ['when an unknown one is said to be lost', [source('handedOff'), gone('cloud')], 'moon', 'unknown-cluster'],
    ['when a third cluster is silent', [source('handedOff'), gone('cloud'), silent('fog')], undefined, 'cluster-silent'],
    ['when a third one is silent and another is said to be lost', [source('handedOff'), silent('cloud'), silent('fog')], 'cloud', 'cluster-silent'],
    ['when a third one claims it from before', [source('handedOff'), gone('cloud'), here('fog', 'running', { epoch: 1 })], undefined, 'other-copy'],
  ] as const)('not %s', (_, witnesses, lost, expected) => {
    expect(decide('source', [...witnesses], lost)).toBe(expected);
  });
});

describe('the destination is kept', () => {
  test.each([
    ['waiting, with the source removed', [gone('edge'), destination('waiting')], undefined, 'cloud: waiting'],
    ['waiting, with a source whose frozen tree is gone', [source('owing', { alive: false }), destination('waiting')], undefined, 'cloud: waiting'],
    ['asking, with a source that is gone for ever, as a human says', [silent('edge'), destination('gated', { asks: true, alive: false })], 'edge', 'cloud: gated'],
    ['complete, with a source that is gone for ever, as a human says', [silent('edge'), destination('gated')], 'edge', 'cloud: gated'],
  ] as const)('%s', (_, witnesses, lost, expected) => {
    expect(decide('destination', [...witnesses], lost)).toBe(expected);
  });

  test.each([
    ['waiting, while the frozen tree at the source still has its pages', [source('owing'), destination('waiting')], undefined, 'other-copy'],
    ['asking, while the source is silent', [silent('edge'), destination('armedD', { asks: true })], undefined, 'cluster-silent'],
    ['asking, while the source answers', [source('handedOff'), destination('armedD', { asks: true })], undefined, 'other-copy'],
    ['when it discarded', [gone('edge'), destination('discarded')], undefined, 'nothing-to-keep'],
    ['when nothing has arrived', [gone('edge'), destination('armedD')], undefined, 'nothing-to-keep'],
  ] as const)('not %s', (_, witnesses, lost, expected) => {
    expect(decide('destination', [...witnesses], lost)).toBe(expected);
  });
});

describe('nobody is kept', () => {
  test('when no migration is known', () => {
    expect(decide('source', [here('edge', 'running')])).toBe('nothing-to-resolve');
    expect(decide('source', [here('edge', 'running'), silent('cloud')])).toBe('cluster-silent');
    expect(decide('source', [stopped('edge')])).toBe('not-running');
  });

  test('without words on what runs where and what to do', () => {
    const decision = decideResolution({ service: 'cache', keep: 'source' }, [source('owing'), destination('waiting')]);
    expect(decision).toMatchObject({ refusal: { message: expect.stringMatching(/cloud.*waiting.*carryon rm cache --cluster cloud/) } });
  });
});

test('what is lost is said', () => {
  const where = { name: 'cache', cluster: 'edge', other: 'cloud' };
  expect(tellKept('taken-back', where)).toMatch(/since the commit is lost, and the connections/);
  expect(tellKept('afresh', where)).toMatch(/memory and its connections are lost/);
});

test.each([
  [null, 'not a JSON object'],
  [{ keep: 'source' }, 'names no "service"'],
  [{ service: 'cache', keep: 'both' }, '"keep" is "both"'],
  [{ service: 'cache', keep: 'source', forcelost: 'x' }, 'unknown field "forcelost"'],
  [{ service: 'cache', keep: 'source', forceLost: '' }, '"forceLost"'],
])('a request like %j is refused', (input, words) => {
  expect(() => parseResolveRequest(input)).toThrow(words);
});
