import { strategies, type Step as Moment } from '../chaos/cell';
import { isTag, isTelling, stepOf } from '../chaos/cells';
import { readMatrix } from '../chaos/matrix/file';
import { phasesOfWorkflow } from '../chaos/steps';
import type { Moments } from './schedule';

/** At which something may be killed: phases, what the workflow asks for and the engines write, and of the tags that the drivers pass those about which much is decided; sorted, since two runs pass them in different orders. */
export async function momentsOfSoak(): Promise<Moments> {
  const { steps } = await readMatrix();
  if (!steps) throw new Error('which tags the drivers pass is not known: run `npm run test:chaos -- --minutes 1` first');
  const momentsOf = (strategy: (typeof strategies)[number]): Moment[] => [
    ...phasesOfWorkflow.map((phase): Moment => `phase:${phase}`),
    ...new Set(steps[strategy].filter((passed) => !isTag(passed) || isTelling(stepOf(passed))).map(stepOf).sort()),
  ];
  return { 'post-copy': momentsOf('post-copy'), 'stop-and-copy': momentsOf('stop-and-copy') };
}
