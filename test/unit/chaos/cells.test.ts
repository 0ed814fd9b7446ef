import { describe, expect, it } from '@jest/globals';
import { idOf, strategies, type Result } from '../../chaos/cell';
import { chaosArguments } from '../../chaos/arguments';
import { allCells, choose, isTag, sample, stepOf, unpassed, type Passage, type PassedTag } from '../../chaos/cells';
import { momentOf } from '../../chaos/moment';
import { whileOwing } from '../../chaos/reconnoitre';
import { newestOf, readMatrix } from '../../chaos/matrix/file';
import { matrixPage } from '../../chaos/matrix/table';
import { phasesOfWorkflow, tagsOfDriver } from '../../chaos/steps';

const passage: Passage = {
  'post-copy': [{ step: 'activity:syncFiles:2' }, { step: 'line:source:armedS' }, { side: 'source', tag: 'hold' }, { side: 'source', tag: 'journal-frozen' }, { side: 'destination', tag: 'heard-COMMIT' }],
  'stop-and-copy': [{ side: 'source', tag: 'transfer' }],
};
const tags = ['hold', 'journal-frozen', 'heard-COMMIT', 'transfer', 'repair'];
const cells = allCells(passage, ['prepare']);
const ids = cells.map(idOf);

/** A tag that is new in the drivers is a row, once `npm run test:chaos` has looked for the steps anew, or belongs here. */
const afterAFault = [
  ...['ABORT', 'DISCARDED', 'DUMP_REFUSED', 'LOG', 'RESTORING'].flatMap((frame) => ['send', 'sent', 'heard', 'took'].map((time) => `${time}-${frame}`)),
  ...['discarded', 'waiting'].flatMap((state) => [`journal-${state}`, `journal-${state}-written`]),
  'repair',
].sort();

describe('the steps', () => {
  it('are all tags of the drivers: effects, journal lines, messages', async () => {
    const found = await tagsOfDriver();
    for (const tag of ['freeze', 'pages-settle', 'pages-ahead', 'journal-owing', 'journal-handedOff-written', 'send-COMMIT', 'sent-COMMIT', 'heard-COMMIT', 'took-COMMIT']) expect(found).toContain(tag);
    expect(found).not.toContain('journal-absent');
  });

  it('are rows of the published matrix, unless no migration that is left alone passes them', async () => {
    const { steps } = await readMatrix();
    const rows = strategies.flatMap((strategy) => steps?.[strategy] ?? []).flatMap((passed) => (isTag(passed) ? [passed.tag] : []));
    expect((await tagsOfDriver()).filter((tag) => !rows.includes(tag))).toEqual(afterAFault);
  });

  it('are all phases of the workflow', () => {
    expect(phasesOfWorkflow).toEqual(expect.arrayContaining(['plan', 'prepare', 'pre-dump', 'cutover', 'finish']));
  });
});

describe('the cells', () => {
  it('are each of a kind', () => {
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('of a debt are what is passed only then, and all from the restored copy until all pages have come', () => {
    const plain: PassedTag[] = [{ side: 'source', tag: 'hold' }, { side: 'destination', tag: 'gate' }, { side: 'destination', tag: 'restored' }, { side: 'source', tag: 'send-COMMIT' }, { side: 'destination', tag: 'journal-running-written' }, { side: 'destination', tag: 'thaw' }, { side: 'destination', tag: 'pages-done' }, { side: 'source', tag: 'retire' }];
    const owing: PassedTag[] = [{ side: 'source', tag: 'hold' }, { side: 'source', tag: 'send-PAGES' }, { side: 'destination', tag: 'gate' }, { side: 'destination', tag: 'restored' }, { side: 'source', tag: 'send-COMMIT' }, { side: 'destination', tag: 'journal-running-written' }, { side: 'destination', tag: 'thaw' }, { side: 'destination', tag: 'pages-done' }, { side: 'source', tag: 'retire' }];
    expect(whileOwing(plain, owing).map(stepOf)).toEqual(['source:owing:send-PAGES', 'destination:owing:restored', 'source:owing:send-COMMIT', 'destination:owing:journal-running-written', 'destination:owing:thaw', 'destination:owing:pages-done']);
    expect(momentOf('source:owing:send-PAGES')).toEqual({ at: 'source', tag: 'send-PAGES', owing: true });
    expect(momentOf('source:send-PAGES')).toEqual({ at: 'source', tag: 'send-PAGES', owing: false });
  });

  it('are met by what the workflow asks for, and by what an engine writes', () => {
    expect(momentOf('activity:prepareSource')).toEqual({ activity: 'prepareSource', nth: 1 });
    expect(momentOf('activity:syncFiles:2')).toEqual({ activity: 'syncFiles', nth: 2 });
    expect(momentOf('line:source:armedS')).toEqual({ at: 'source', line: 'armedS' });
  });

  it('hold every tag that is passed, and those that are not are named', () => {
    for (const passed of passage['post-copy']) expect(ids).toContain(`post-copy/${stepOf(passed)}/source-engine`);
    expect(unpassed(passage, tags, 'stop-and-copy')).toEqual(['hold', 'journal-frozen', 'heard-COMMIT', 'repair']);
  });

  it('begin with the baseline and the journal', () => {
    expect(ids.slice(0, 2).every((id) => id.includes('at-rest'))).toBe(true);
    expect(ids.findIndex((id) => id.includes('heard-COMMIT/source-engine'))).toBeLessThan(ids.findIndex((id) => id.includes('source:hold/')));
  });

  it('do not kill a page daemon where there is none', () => {
    expect(ids.some((id) => id.startsWith('stop-and-copy') && id.endsWith('page-daemon'))).toBe(false);
  });

  it('are all in one shard or another, and in one only', () => {
    const shards = [1, 2, 3].flatMap((index) => choose(cells, { shard: { index, of: 3 } }, idOf).map(idOf));
    expect(shards.sort()).toEqual([...ids].sort());
  });

  it('can be chosen by a pattern', () => {
    expect(choose(cells, { only: /journal-frozen\/temporal$/ }, idOf)).toHaveLength(1);
  });

  it('are the same sample for the same seed', () => {
    expect(sample(cells, 5, 7)).toEqual(sample(cells, 5, 7));
    expect(sample(cells, 5, 7)).not.toEqual(sample(cells, 5, 8));
    expect(new Set(sample(cells, 5, 7)).size).toBe(5);
  });
});

describe('the command line', () => {
  it('reads a shard, a pattern and a time', () => {
    expect(chaosArguments(['--shard', '2/4', '--only', 'x', '--minutes', '1.5', '--resume'])).toMatchObject({ shard: { index: 2, of: 4 }, only: /x/, minutes: 1.5, resume: true });
  });

  it.each([['--shard', '5/4'], ['--shard', '0/4'], ['--minutes', 'soon'], ['--only', '('], ['--lanes', '0']])('refuses %s %s', (...argv) => {
    expect(() => chaosArguments(argv)).toThrow(argv[0]);
  });
});

describe('the results', () => {
  const result: Result = { ...cells[0]!, outcome: 'violated', lostMemory: false, lostAcknowledged: 0, copies: 1, connectionsBroken: 0, recoveryMs: 1, commit: 'old', remarks: ['seen'] };

  it('count as a cell ended last, and do not forget that it broke a rule', () => {
    const [kept, ...others] = newestOf([result, { ...result, outcome: 'committed', commit: 'new', remarks: undefined }]);
    expect(others).toEqual([]);
    expect(kept).toMatchObject({ outcome: 'committed', commit: 'new', earlier: ['old: seen'] });
    expect(matrixPage(passage, tags, [kept!])).toMatch(/earlier run[\s\S]*old: seen/);
  });
});

describe('the page', () => {
  const result = (index: number, outcome: Result['outcome']): Result => ({ ...cells[index]!, outcome, lostMemory: false, lostAcknowledged: 0, copies: 1, connectionsBroken: 0, recoveryMs: 1_500, commit: 'abc', remarks: ['seen'] });

  it('counts what ran, what was not reached and what has not run', () => {
    const page = matrixPage(passage, tags, [result(0, 'committed'), result(1, 'not-reached')]);
    expect(page).toContain(`${allCells(passage, phasesOfWorkflow).length} cells; 1 ran, 1 were not reached, ${allCells(passage, phasesOfWorkflow).length - 2} have not run yet.`);
    expect(page).toContain('| C committed | 1 |');
  });

  it('doubts what was killed at a tag by a run that did not look whether the driver still stood there', () => {
    const atTag = cells.findIndex(({ step }) => step.startsWith('source:'));
    const line = 'prove nothing';
    expect(matrixPage(passage, tags, [result(0, 'committed'), result(atTag, 'committed')])).toContain(`1 ${line}`);
    expect(matrixPage(passage, tags, [result(0, 'committed'), { ...result(atTag, 'committed'), inTime: true }])).toContain(`0 ${line}`);
    expect(matrixPage(passage, tags, [result(atTag, 'not-reached')])).toContain(`0 ${line}`);
    expect(matrixPage(passage, tags, [{ ...result(atTag, 'not-reached'), lateMs: 7 }])).toContain(`1 ${line}`);
    expect(matrixPage(passage, tags, [{ ...result(atTag, 'not-reached'), remarks: ['there is no page-daemon at that moment'] }])).toContain(`1 ${line}`);
  });

  it('doubts what depends on how the migration ended, where a run did not look', () => {
    expect(matrixPage(passage, tags, [result(0, 'ordinary-crash')])).toContain('1 prove nothing');
    expect(matrixPage(passage, tags, [{ ...result(0, 'ordinary-crash'), looks: 9 }])).toContain('0 prove nothing');
  });

  it('names a cell that broke a rule, with what was seen', () => {
    expect(matrixPage(passage, tags, [result(0, 'violated')])).toMatch(/violated[\s\S]*`at-rest`.*seen/);
  });
});
