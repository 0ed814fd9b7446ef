import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { phases } from '../../domain/phases';
import { repository } from '../e2e/support/clusters';

const sources = path.join(repository, 'engine/native/handoff');
const messageTimes = ['send', 'sent', 'heard', 'took'];

/** Every tag that a driver has, read in its sources: a step that is new there is new here. */
export async function tagsOfDriver(): Promise<string[]> {
  const names = (await readdir(sources)).filter((name) => name.endsWith('.c') && name !== 'fault.c');
  const texts = await Promise.all(names.map((name) => readFile(path.join(sources, name), 'utf8')));
  const journal = texts[names.indexOf('journal.c')] ?? '';
  const wire = await readFile(path.join(sources, 'wire.h'), 'utf8');
  const effects = texts.flatMap((text) => [...text.matchAll(/\bfault\(([^)]*)\)/g)].flatMap(([, argument = '']) => literals(argument)));
  const states = literals(arrayIn(journal, 'names[STATES]')).filter((state) => new RegExp(`journal_write\\(.*\\b${macroOf(state)}\\b`).test(texts.join('\n')));
  const frames = literals(arrayIn(wire, 'names[]')).filter((frame) => frame !== '?');
  return [
    ...new Set([...effects, ...states.flatMap((state) => [`journal-${state}`, `journal-${state}-written`]), ...frames.flatMap((frame) => messageTimes.map((time) => `${time}-${frame}`))]),
  ].sort();
}

/** Beginnings of phases that a migration goes through, as its workflow tells them; how a migration ends is none of its steps. */
export const phasesOfWorkflow = Object.keys(phases).filter((phase) => !['rollback', 'done'].includes(phase));

const literals = (text: string) => [...text.matchAll(/"([^"]+)"/g)].map(([, literal = '']) => literal);
const arrayIn = (text: string, name: string) => text.slice(text.indexOf(name)).split(';')[0] ?? '';
/** handedOff: HANDED_OFF */
const macroOf = (state: string) => state.replace(/([A-Z])/g, '_$1').toUpperCase();
