import type { Answer } from './answer';

export interface Seen {
  /** Of all clients, since the service was started. */
  answers: readonly Answer[];
  /** Lines of the ledger where the service is now. */
  ledger: readonly string[];
  /** Running copies in each outer container, counted at one instant. */
  running: readonly number[];
}

export interface Findings {
  copies: number;
  lostAcknowledged: number;
  /** In order of their birth. */
  incarnations: string[];
  faults: string[];
}

/** Clocks of one machine do not go back, but two processors may read them in either order. */
const toleranceMs = 1;
const mostTold = 3;

/** What clients heard and what is on disk must be the tale of one copy that forgot nothing it had promised. */
export function check({ answers, ledger, ...seen }: Seen): Findings {
  const running = seen.running.reduce((sum, count) => sum + count, 0);
  const faults: string[] = [];
  const told = (texts: string[]) => faults.push(...texts.slice(0, mostTold), ...(texts.length > mostTold ? [`… and ${texts.length - mostTold} more like this`] : []));
  const lives = livesOf(answers);
  const twice = saidTwice(answers);
  const backwards = wentBack(lives);
  const overlaps = overlapping(lives);
  const missing = lost(answers, ledger);
  const holes = ledger.flatMap((line, index) => (Number(line.split(' ')[0]) === index + 1 ? [] : [`line ${index + 1} of the ledger is "${line}"`]));
  const damage = answers.filter(({ wrongPages }) => wrongPages).map(({ zeroPages, wrongPages }) => `${wrongPages} pages of memory are wrong, ${zeroPages} of them zeros`);
  told(twice);
  told(backwards);
  told(overlaps);
  told(missing);
  told(holes);
  told(damage);
  if (running > 1) faults.push(`${running} copies run`);
  return {
    copies: Math.max(running, answers.length > 0 ? 1 : 0, twice.length + backwards.length + overlaps.length > 0 ? 2 : 0),
    lostAcknowledged: missing.length,
    incarnations: lives.map(({ incarnation }) => incarnation),
    faults,
  };
}

interface Life {
  incarnation: string;
  answers: Answer[];
  from: number;
  to: number;
}

function livesOf(answers: readonly Answer[]): Life[] {
  const by = new Map<string, Answer[]>();
  for (const answer of answers) {
    const own = by.get(answer.incarnation);
    if (own) own.push(answer);
    else by.set(answer.incarnation, [answer]);
  }
  const least = (own: readonly Answer[]) => own.reduce((ms, { atMs }) => Math.min(ms, atMs), Infinity);
  const most = (own: readonly Answer[]) => own.reduce((ms, { atMs }) => Math.max(ms, atMs), 0);
  const lives = [...by].map(([incarnation, own]) => ({ incarnation, answers: own, from: least(own), to: most(own) }));
  return lives.sort((a, b) => a.from - b.from);
}

function saidTwice(answers: readonly Answer[]): string[] {
  const seen = new Map<string, Answer>();
  return answers.flatMap((answer) => {
    const key = `${answer.incarnation} ${answer.sequence}`;
    const before = seen.get(key);
    seen.set(key, answer);
    return before ? [`answer ${answer.sequence} was given twice: at ${before.cluster}, and ${(answer.atMs - before.atMs).toFixed(0)} ms later at ${answer.cluster}`] : [];
  });
}

function wentBack(lives: readonly Life[]): string[] {
  return lives.flatMap(({ answers }) => {
    const ordered = [...answers].sort((a, b) => a.sequence - b.sequence);
    return ordered.flatMap((answer, index) => {
      const before = ordered[index - 1];
      return before && answer.atMs < before.atMs - toleranceMs ? [`answer ${answer.sequence} was given ${(before.atMs - answer.atMs).toFixed(0)} ms before answer ${before.sequence}`] : [];
    });
  });
}

function overlapping(lives: readonly Life[]): string[] {
  return lives.flatMap((life, index) => {
    const before = lives[index - 1];
    return before && life.from <= before.to ? [`incarnation ${before.incarnation} still answered ${(before.to - life.from).toFixed(0)} ms after ${life.incarnation} had begun to`] : [];
  });
}

const lost = (answers: readonly Answer[], ledger: readonly string[]): string[] =>
  answers
    .filter(({ kind, number, incarnation }) => kind === 'W' && ledger[number - 1] !== `${number} ${incarnation}`)
    .map(({ number, incarnation }) => `write ${number} of ${incarnation} was acknowledged; the ledger has ${ledger[number - 1] ? `"${ledger[number - 1]}"` : 'nothing'} there`);
