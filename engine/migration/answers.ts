import { join } from 'node:path';
import type { DriverVerb, StepResult } from '../../domain/engine';
import { readIfThere } from '../read-file';
import { writeDurably } from '../write-file';

const path = (dir: string, verb: DriverVerb) => join(dir, 'answers', `${verb}.json`);

/** Answers of verbs that succeeded: a coordinator that lost one gets the same again, even when the driver has ended. */
export async function recordedAnswer(dir: string, verb: DriverVerb): Promise<StepResult | undefined> {
  const text = await readIfThere(path(dir, verb));
  return text === undefined ? undefined : (JSON.parse(text) as StepResult);
}

export const recordAnswer = (dir: string, verb: DriverVerb, answer: StepResult) => writeDurably(path(dir, verb), JSON.stringify(answer));
