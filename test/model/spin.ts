import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { World } from './configurations';

export type Search =
  /** Every state; safety. */
  | 'complete'
  /** Every state, nearest first: a fault is found with its shortest story. */
  | 'shortest'
  /** Every state, and every way to go on for ever. */
  | 'cycles'
  /** States are only told apart by hashes: more of them fit. */
  | 'bitstate';

export interface Outcome {
  states: number;
  /** What happened up to the fault, one event a line; undefined when there is none. */
  story?: string[];
}

const model = join(__dirname, 'protocol', 'handoff.pml');
/** A search that ends soon is compiled longer than it runs. */
const compilers: Record<Search, string[]> = {
  complete: ['-O1', '-DSAFETY', '-DNOREDUCE'],
  shortest: ['-O0', '-DSAFETY', '-DNOREDUCE', '-DBFS'],
  cycles: ['-O2', '-DNOREDUCE', '-DNOFAIR'],
  bitstate: ['-O2', '-DSAFETY', '-DNOREDUCE', '-DBITSTATE'],
};
const longest = 1_000_000;
const options: Record<Search, string[]> = {
  complete: ['-E', `-m${longest}`, '-n'],
  shortest: ['-E', '-n'],
  cycles: ['-a', `-m${longest}`, '-n'],
  bitstate: ['-E', `-m${longest}`, '-n', '-w32', '-k3'],
};
/** MiB; beyond it the search is a failure, not a success. */
const memoryLimit = 8000;

/** Looks through all that can happen in a world. */
export async function search(world: World, how: Search, definitions: string[] = []): Promise<Outcome> {
  const directory = await mkdtemp(join(tmpdir(), 'carryon-model-'));
  const defined = [...Object.entries(world).map(([name, value]) => `-D${name}=${value}`), ...definitions.map((name) => `-D${name}`)];
  if (how === 'cycles') defined.push('-DLIVENESS');
  try {
    await run('spin', [...defined, '-a', model], directory);
    await run('gcc', ['-w', '-DVECTORSZ=2048', `-DMEMLIM=${memoryLimit}`, ...compilers[how], '-o', 'pan', 'pan.c'], directory);
    const said = await run('./pan', options[how], directory);
    const states = Number(/(\d+) states, stored/.exec(said)?.[1] ?? Number.NaN);
    const errors = Number(/errors: (\d+)/.exec(said)?.[1] ?? Number.NaN);
    if (errors > 0) return { states, story: await story(defined, directory) };
    if (errors !== 0 || Number.isNaN(states) || /not completed|depth too small|out of memory|memory bound|resources exhausted/i.test(said)) {
      throw new Error(`the search did not come to its end:\n${said}`);
    }
    return { states };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The model tells each step in words; the rest of what spin prints is its own. */
async function story(defined: string[], directory: string): Promise<string[]> {
  const told = await run('spin', [...defined, '-k', join(directory, 'handoff.pml.trail'), '-T', model], directory);
  return told.split('\n').filter((line) => /^[A-C], epoch \d: |text of failed assertion|START OF CYCLE/.test(line));
}

async function run(program: string, args: string[], directory: string): Promise<string> {
  const result = await execa(program, args, { cwd: directory, all: true, reject: false });
  if (!result.failed) return result.all ?? '';
  // Never a pass: what was not looked through proves nothing.
  if ((result as { code?: string }).code === 'ENOENT') {
    throw new Error(`the model cannot be checked without ${program}: install it (on Debian \`apt-get install spin gcc\`, or \`scripts/setup.sh --tests\`)`);
  }
  throw new Error(`${program} failed (${result.exitCode ?? result.signal ?? 'not started'}):\n${result.all ?? ''}`);
}
