import { beforeAll, describe, expect, it as always } from '@jest/globals';
import { buildChecker, checkHistory, hasGo } from '../../soak/check-history';
import type { Kind, Operation } from '../../soak/operation';

const go = hasGo();
const it = go ? always : always.skip;
if (!go) console.error('THERE IS NO GO ON THIS MACHINE: the checker of the soak is not tested. scripts/setup.sh --tests installs it where it can.');

beforeAll(async () => {
  if (go) await buildChecker();
}, 300_000);

const a = 'aaaaaaaaaaaaaaaa';
const b = 'bbbbbbbbbbbbbbbb';
const c = 'cccccccccccccccc';

type Time = readonly [call: number, ret: number];
const key = 'ledger';
const answered = (kind: Kind) => ([call, ret]: Time, incarnation: string, sequence: number, number: number): Operation => ({ key, client: 0, kind, call, return: ret, answer: { incarnation, sequence, number } });
const write = answered('write');
const look = answered('look');
const unanswered = (kind: Kind, call: number): Operation => ({ key, client: 0, kind, call, return: null, answer: null });
const file = ([call, ret]: Time, number: number): Operation => ({ key, client: 0, kind: 'read-ledger', call, return: ret, answer: { number } });
const event = (kind: Kind, [call, ret]: Time): Operation => ({ key, client: 0, kind, call, return: ret, answer: null });

const textOf = (operations: readonly Operation[]) => operations.map((operation) => JSON.stringify(operation)).join('\n');

async function verdictOf(...operations: Operation[]) {
  const [verdict] = await checkHistory(textOf(operations));
  return verdict;
}

const expectRight = async (...operations: Operation[]) => expect(await verdictOf(...operations)).toMatchObject({ linearizable: true, operations: operations.length });

async function expectWrong(offending: RegExp, ...operations: Operation[]) {
  const verdict = await verdictOf(...operations);
  expect(verdict).toMatchObject({ linearizable: false });
  expect(verdict).not.toHaveProperty('undecided');
  expect(verdict?.explained?.join('\n')).toMatch(offending);
}

/** One copy that does what it should, asked by many at once, some of whom never hear of it: the times of service lie within call and return. */
function longHistory(count: number, clients: number): Operation[] {
  let number = 0;
  return Array.from({ length: count }, (_, index) => {
    const kind = index % 3 === 0 ? 'look' : 'write';
    if (kind === 'write') number += 1;
    const at = index * 10;
    const time = [at - (index % clients) * 10, at + ((index * 7) % clients) * 10 + 1] as const;
    return index % 50 === 49 ? unanswered(kind, time[0]) : { ...answered(kind)(time, a, index + 1, number), client: index % clients };
  });
}

describe('the checker of histories', () => {
  it('accepts one copy that keeps its word', () => expectRight(write([0, 5], a, 1, 1), look([6, 8], a, 2, 1), write([9, 12], a, 3, 2), file([20, 21], 2)));

  it('accepts answers to concurrent questions in any order', () => expectRight(write([0, 50], a, 3, 3), write([1, 50], a, 1, 1), look([2, 50], a, 4, 3), write([3, 50], a, 2, 2)));

  it('accepts that a question without an answer took effect, at once or late', () =>
    expectRight(unanswered('write', 0), look([10, 11], a, 1, 0), look([20, 21], a, 3, 1), write([22, 23], a, 4, 2)));

  it('accepts that it never did', () => expectRight(unanswered('write', 0), unanswered('look', 0), write([10, 11], a, 1, 1), file([12, 13], 1)));

  it('accepts an answer that nobody heard', () => expectRight(look([0, 1], a, 1, 0), unanswered('look', 2), look([10, 11], a, 3, 0)));

  it('accepts a file that is read in the middle of a write', () => {
    const first = write([0, 100], a, 1, 1);
    return expectRight(first, file([10, 20], 0), file([30, 40], 1));
  });

  it('finds its way through a long history with many clients and many questions without an answer', async () => {
    const verdict = await verdictOf(...longHistory(20_000, 8));
    expect(verdict).toMatchObject({ linearizable: true, unknown: 400 });
  });

  it('cuts a long history where nobody awaits an answer', async () => {
    const [verdict] = await checkHistory(textOf(longHistory(20_000, 1)));
    expect(verdict).toMatchObject({ linearizable: true, parts: 40 });
  });

  it('sees one wrong answer in a long history', async () => {
    const history = longHistory(20_000, 8);
    const wrong = history.findIndex((one, index) => index > 11_111 && one.kind === 'write' && one.return !== null);
    const { answer } = history[wrong] as Operation;
    history[wrong] = { ...(history[wrong] as Operation), answer: { ...answer, number: (answer?.number ?? 0) - 1 } };
    await expectWrong(new RegExp(`line ${wrong + 1}: `), ...history);
  });

  it('refuses what is no history, and one that says nothing', async () => {
    await expect(checkHistory('{}')).rejects.toThrow(/line 1.*key/);
    await expect(checkHistory(textOf([{ ...look([5, 1], a, 1, 0) }]))).rejects.toThrow(/returned before/);
    await expect(checkHistory('')).rejects.toThrow(/empty/);
  });

  it('judges each service by itself', async () => {
    const other = { ...write([0, 1], b, 1, 7), key: 'other' };
    expect(await checkHistory(textOf([write([0, 1], a, 1, 1), other]))).toMatchObject([{ key, linearizable: true }, { key: 'other', linearizable: false }]);
  });
});

describe('a history of one copy', () => {
  it('may not lack a write that was acknowledged', () => expectWrong(/look, called at 6/, write([0, 1], a, 1, 1), write([2, 3], a, 2, 2), look([6, 7], a, 3, 1)));

  it('may not lack it in the file', () => expectWrong(/read-ledger/, write([0, 1], a, 1, 1), file([2, 3], 0)));

  it('may not hold an old answer of a second copy', () => expectWrong(/called at 4/, write([0, 1], a, 1, 1), write([2, 3], a, 2, 2), look([4, 5], a, 2, 1)));

  it('may not hold one answer twice', () => expectWrong(/answer 2 /, look([0, 1], a, 1, 0), look([2, 9], a, 2, 0), look([2, 9], a, 2, 0), look([10, 11], a, 3, 0)));

  it('may not hold a write that nobody asked for', () => expectWrong(/called at 2/, write([0, 1], a, 1, 1), look([2, 3], a, 2, 2)));

  it('may not hold a write that came back after it was gone', () =>
    // The first is unanswered: it may be there or not, but not first here, then gone, then here again.
    expectWrong(/called at 20/, unanswered('write', 0), look([10, 11], a, 2, 1), look([20, 21], a, 3, 0), look([30, 31], a, 4, 1)));

  it('may not hold an effect from before its question', () => expectWrong(/called at 0/, look([0, 1], a, 1, 1), unanswered('write', 2)));

  it('may not spend an unanswered question twice', () => expectWrong(/called at 20/, unanswered('write', 0), look([10, 11], a, 2, 1), look([20, 21], a, 4, 2)));

  it('may not forget its memory when nobody killed it', () => expectWrong(/incarnation b+/, write([0, 1], a, 1, 1), look([2, 3], b, 1, 1)));
});

describe('a history with a crash', () => {
  it('may lose the memory, once for each', () =>
    expectRight(write([0, 1], a, 1, 1), event('crash', [2, 3]), write([4, 5], b, 1, 2), event('crash', [6, 7]), look([8, 9], c, 1, 2)));

  it('may not lose what was on disk', () => expectWrong(/called at 4/, write([0, 1], a, 1, 1), event('crash', [2, 3]), look([4, 5], b, 1, 0)));

  it('may keep a write whose answer was lost with the memory, or lose it', async () => {
    await expectRight(look([0, 1], a, 1, 0), unanswered('write', 2), event('crash', [3, 4]), look([5, 6], b, 1, 1));
    await expectRight(look([0, 1], a, 1, 0), unanswered('write', 2), event('crash', [3, 4]), look([5, 6], b, 1, 0), file([7, 8], 0));
  });

  it('may begin with answers that nobody heard', () => expectRight(write([0, 1], a, 1, 1), event('crash', [2, 3]), unanswered('look', 4), look([9, 10], b, 2, 1)));

  it('may not have its old memory back', () => expectWrong(/incarnation a+/, look([0, 1], a, 1, 0), look([2, 3], a, 2, 0), event('crash', [4, 5]), look([6, 7], a, 3, 0)));

  it('may not have it back beside the new one', () =>
    expectWrong(/called at 8/, look([0, 1], a, 1, 0), event('crash', [2, 3]), look([4, 5], b, 1, 0), look([8, 9], a, 2, 0), look([10, 11], b, 2, 0)));

  it('may not lose the memory twice', () => expectWrong(/incarnation c+/, look([0, 1], a, 1, 0), event('crash', [2, 3]), look([4, 5], b, 1, 0), look([6, 7], c, 1, 0)));
});

describe('a history with a kill that may have hit the only running copy', () => {
  const killed = event('may-crash', [2, 3]);

  it('may go on with the memory or without it', async () => {
    await expectRight(look([0, 1], a, 1, 0), killed, look([4, 5], a, 2, 0), event('settled', [6, 6]), look([8, 9], a, 3, 0));
    await expectRight(look([0, 1], a, 1, 0), killed, look([4, 5], b, 1, 0), event('settled', [6, 6]), look([8, 9], b, 2, 0));
  });

  it('may lose it at any time before all is at rest', () => expectRight(look([0, 1], a, 1, 0), killed, look([4, 5], a, 2, 0), look([6, 7], b, 1, 0)));

  it('may not lose it later', () => expectWrong(/called at 8/, look([0, 1], a, 1, 0), killed, look([4, 5], a, 2, 0), event('settled', [6, 6]), look([8, 9], b, 1, 0)));

  it('may not lose it before', () => expectWrong(/called at 1/, look([0, 1], a, 1, 0), look([1, 2], b, 1, 0), event('may-crash', [3, 4])));

  it('may not lose it more often than something was killed', () => expectWrong(/called at 6/, look([0, 1], a, 1, 0), killed, look([4, 5], b, 1, 0), look([6, 7], c, 1, 0)));

  it('may not have two copies', () => expectWrong(/called at 6/, look([0, 1], a, 1, 0), killed, look([4, 5], b, 1, 0), look([6, 7], a, 2, 0)));

  it('may begin with answers that nobody heard', () =>
    expectRight(look([0, 1], a, 1, 0), killed, unanswered('write', 4), unanswered('look', 4), look([9, 10], b, 3, 1), event('settled', [11, 11])));
});
