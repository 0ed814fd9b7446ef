import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { fenceRuleset } from '../../../engine/network/ruleset';
import { buildMutatedDriver, mutatedDriver } from './mutated-driver';
import { image, type PairOptions } from './pair';
import { debtOutlivesCriu, discardedCopyIsNeverHeard, doubtFreezesBoth, endsOfCriu, lostPagesAreNotMadeUp, otherEpochsHaveNoSay, type Begin } from './scenarios';
import { useWorkshop } from './workshop';

const workshop = useWorkshop();
beforeAll(buildMutatedDriver, 300_000);

const robbedOf = (mutations: PairOptions['mutations']): Begin => (options) => workshop.begin({ ...options, driver: mutatedDriver, mutations });
const honest = robbedOf({});

interface Mutation {
  when: string;
  scenario: (begin: Begin) => Promise<void>;
  mutations?: PairOptions['mutations'];
  /** What the broken expectation saw. */
  sees: RegExp;
}

const criu = { source: 'end-state-of-criu' };
const [[, endCriu], [, closePages]] = endsOfCriu;
const oneWayFence = (rule: RegExp) => fenceRuleset(true).split('\n').filter((line) => !rule.test(line)).join('\n');

/** Every rule on which "never two copies" and "no page of zeros" stand, taken away. */
const mutations: Mutation[] = [
  { when: 'the source resumes when no answer to its commit comes', scenario: doubtFreezesBoth, mutations: { source: 'resume-on-timeout' }, sees: /\+ .*"source": "runs"/ },
  { when: 'the source sends a commit that its journal does not tell of', scenario: doubtFreezesBoth, mutations: { source: 'commit-not-recorded' }, sees: /\+ .*"source": "runs"/ },
  { when: 'the destination opens its gate before its journal says running', scenario: doubtFreezesBoth, mutations: { destination: 'gate-before-record' }, sees: /\+ .*"destination": "runs"/ },
  { when: 'a destination obeys a source of another epoch', scenario: otherEpochsHaveNoSay, mutations: { destination: 'epoch-ignored' }, sees: /Received: .*"discarded"/ },
  { when: 'a source believes a destination of another epoch', scenario: otherEpochsHaveNoSay, mutations: { source: 'epoch-ignored' }, sees: /Received: .*"running"/ },
  { when: 'the fence lets out', scenario: (begin) => discardedCopyIsNeverHeard(begin, oneWayFence(/ iifname /)), sees: /\+ .*"out": [1-9]/ },
  { when: 'the fence lets in', scenario: (begin) => discardedCopyIsNeverHeard(begin, oneWayFence(/ oifname /)), sees: /\+ .*"in": [1-9]/ },
  { when: 'an end of CRIU resumes the source', scenario: (begin) => debtOutlivesCriu(begin, endCriu), mutations: criu, sees: /\+ .*"wrote": [1-9]/ },
  { when: 'an end of CRIU kills the source', scenario: (begin) => debtOutlivesCriu(begin, closePages), mutations: criu, sees: /\+ .*"copy": "none"/ },
  { when: 'nobody keeps the userfaultfds', scenario: lostPagesAreNotMadeUp, mutations: { destination: 'no-keeper' }, sees: /\+ .*"answer": "S / },
];

describe('the tests of the handoff notice', () => {
  test.each(mutations)('that $when', async ({ scenario, mutations: robbed, sees }) => {
    const failure: unknown = await scenario(robbedOf(robbed)).catch((error: unknown) => error);
    // An expectation, and this one: not a pair that did not come about.
    expect(failure).toMatchObject({ matcherResult: { pass: false }, message: expect.stringMatching(sees) });
  }, 90_000);
});

describe('the driver that can be robbed of its rules keeps them when it is not:', () => {
  test.each([
    ['in doubt', doubtFreezesBoth],
    ['towards other epochs', otherEpochsHaveNoSay],
    ['behind the fence', discardedCopyIsNeverHeard],
    ['at the end of CRIU', (begin: Begin) => debtOutlivesCriu(begin, endCriu)],
    ['at the clean end of its page connection', (begin: Begin) => debtOutlivesCriu(begin, closePages)],
    ['without its page daemon', lostPagesAreNotMadeUp],
  ])('%s', async (_where, scenario) => {
    await scenario(honest);
  }, 90_000);
});

describe('the driver of the runtime image', () => {
  test('has no trace of mutations', async () => {
    const tags = ['CARRYON_MUTATION', ...new Set(mutations.flatMap((one) => Object.values(one.mutations ?? {})))];
    const { stdout } = await execa('docker', ['run', '--rm', '--entrypoint', 'cat', image, '/opt/carryon/bin/handoff'], { encoding: 'buffer' });
    const shipped = stdout.toString('latin1');
    const robbed = await readFile(join(mutatedDriver, 'handoff'), 'latin1');
    expect(tags.filter((tag) => robbed.includes(tag))).toEqual(tags);
    expect(tags.filter((tag) => shipped.includes(tag))).toEqual([]);
    expect(shipped).toContain('CARRYON_FAULT');
  });
});
