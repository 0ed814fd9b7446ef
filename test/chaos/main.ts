import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { repository } from '../e2e/support/clusters';
import { chaosArguments } from './arguments';
import { idOf, isUnchecked, type Result } from './cell';
import { allCells, canKill, choose, type Passage } from './cells';
import { addResult, readMatrix, writeMatrix, type Matrix } from './matrix/file';
import { matrixPage } from './matrix/table';
import { reconnoitre } from './reconnoitre';
import { Runner } from './runner';
import { pairOf } from './settings';
import { phasesOfWorkflow, tagsOfDriver } from './steps';
import { Subject } from './subject';
import type { ChaosSystem } from './system/chaos-system';
import { withSystem } from './system/with-system';

const nothingPassed: Passage = { 'post-copy': [], 'stop-and-copy': [] };

async function main(): Promise<void> {
  const given = chaosArguments(process.argv.slice(2));
  const tags = await tagsOfDriver();
  const matrix = await readMatrix();
  if (given.list) {
    if (!matrix.steps) console.error('chaos: which tags each side passes is not known before the first run');
    for (const cell of choose(allCells(matrix.steps ?? nothingPassed, phasesOfWorkflow), given, idOf)) console.log(idOf(cell));
    return;
  }
  if (given.publish) return publish(matrix, tags);
  const commit = (await execa('git', ['-C', repository, 'rev-parse', '--short', 'HEAD'])).stdout.trim();
  await withSystem(given, async (system) => {
    const steps = given.resume && matrix.steps ? matrix.steps : await lookForSteps(system);
    await publish({ ...matrix, steps }, tags);
    // What broke a rule on another commit may be mended on this one.
    const ran = given.resume ? matrix.cells.filter((cell) => cell.outcome !== 'violated' || cell.commit === commit) : [];
    const done = new Set(ran.filter((cell) => !isUnchecked(cell)).map(idOf));
    const wanted = choose(allCells(steps, phasesOfWorkflow), given, idOf).filter((cell) => !done.has(idOf(cell)) && canKill(cell, given));
    const before = new Set(ran.map(idOf));
    const cells = wanted.sort((one, other) => Number(before.has(idOf(one))) - Number(before.has(idOf(other))));
    const runner = new Runner(system, commit, given.minutes === undefined ? Infinity : Date.now() + given.minutes * 60_000, told);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => runner.stop());
    await runner.run(cells, given.lanes).finally(async () => publish({ ...(await readMatrix()), steps }, tags));
    console.log(`chaos: ${runner.ran} of ${cells.length} cells ran, ${runner.violated} violated; ${runner.late} kills came too late for their step`);
    if (runner.violated > 0) process.exitCode = 1;
  });
}

async function lookForSteps(system: ChaosSystem): Promise<Passage> {
  const scout = await Subject.start(system, 'chaos-scout', 9090, pairOf(0));
  return reconnoitre(system, scout).finally(() => scout.remove());
}

async function told(result: Result, tookMs: number): Promise<void> {
  await addResult(result);
  const remarks = result.remarks ? `: ${result.remarks.join('; ')}` : '';
  console.log(`${idOf(result)} ${result.outcome} (${tookMs} ms, recovery ${result.recoveryMs ?? '-'} ms)${remarks}`);
}

async function publish(matrix: Matrix, tags: readonly string[]): Promise<void> {
  await writeMatrix(matrix);
  await writeFile(path.join(repository, 'docs/KILL-MATRIX.md'), matrixPage(matrix.steps ?? nothingPassed, tags, matrix.cells));
}

main().catch((error: unknown) => {
  console.error(`chaos: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
