import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { repository } from '../../e2e/support/clusters';
import { idOf, type Result } from '../cell';
import type { Passage } from '../cells';

export interface Matrix {
  /** Tags that the drivers passed when a migration was left alone: the rows. */
  steps?: Passage;
  cells: Result[];
}

const published = path.join(repository, 'docs/kill-matrix.json');
/** Results that have not been published yet: a line each, written at once. */
const fresh = path.join(repository, '.carryon/chaos/results.ndjson');

export async function readMatrix(): Promise<Matrix> {
  const matrix = JSON.parse((await textOf(published)) || '{"cells":[]}') as Matrix;
  const lines = (await textOf(fresh)).split('\n').slice(0, -1).map((line) => JSON.parse(line) as Result);
  return { ...matrix, cells: newestOf([...matrix.cells, ...lines]) };
}

export async function addResult(result: Result): Promise<void> {
  await mkdir(path.dirname(fresh), { recursive: true });
  await appendFile(fresh, `${JSON.stringify(result)}\n`);
}

export async function writeMatrix({ steps, cells }: Matrix): Promise<void> {
  const rows = cells.map((cell) => ` ${JSON.stringify(cell)}`).join(',\n');
  await writeFile(`${published}.new`, `{"steps":${JSON.stringify(steps)},\n"cells":[\n${rows}\n]}\n`);
  await rename(`${published}.new`, published);
  await writeFile(fresh, '').catch(() => undefined);
}

/** A cell that ran again counts as it ended last; that it broke a rule once is not forgotten. */
export function newestOf(results: readonly Result[]): Result[] {
  const by = new Map<string, Result>();
  for (const result of results) by.set(idOf(result), withHistory(by.get(idOf(result)), result));
  return [...by.values()];
}

function withHistory(before: Result | undefined, now: Result): Result {
  const earlier = [...(before?.earlier ?? []), ...(before?.outcome === 'violated' ? [`${before.commit}: ${(before.remarks ?? []).join('; ')}`] : []), ...(now.earlier ?? [])];
  return earlier.length > 0 ? { ...now, earlier: [...new Set(earlier)] } : now;
}

const textOf = (file: string) => readFile(file, 'utf8').catch(() => '');
