import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { execa } from 'execa';
import { repository } from '../e2e/support/clusters';

/** The verdict of test/soak/checker over the history of one service. */
export interface Verdict {
  key: string;
  linearizable: boolean;
  undecided?: boolean;
  operations: number;
  unknown: number;
  parts: number;
  /** The offending part, in lines for people. */
  explained?: string[];
}

const sources = path.join(__dirname, 'checker');
const program = path.join(repository, '.carryon/soak/checker');

/** Without Go there is no verdict; whoever goes on must say so. */
export const hasGo = () => spawnSync('go', ['version']).status === 0;

/** Builds the checker; Go's own cache knows whether there is anything to do. */
export async function buildChecker(): Promise<void> {
  await execa('go', ['build', '-o', program, '.'], { cwd: sources, env: { CGO_ENABLED: '0' } });
}

/** `history` is the text of a history, or the file that holds one. Throws when it cannot be read. */
export async function checkHistory(history: string | { file: string }): Promise<Verdict[]> {
  const [args, input] = typeof history === 'string' ? [[], history] : [[history.file], ''];
  const { exitCode, stdout, stderr } = await execa(program, args, { input, reject: false });
  if (![exits.linearizable, exits.not, exits.undecided].includes(exitCode ?? -1)) throw new Error(`the checker ended with ${exitCode}: ${stderr}`);
  const verdicts = stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line) as Verdict);
  if ((exitCode === exits.linearizable) !== verdicts.every(({ linearizable }) => linearizable)) throw new Error(`the checker ended with ${exitCode}, and said: ${stdout}`);
  return verdicts;
}

const exits = { linearizable: 0, not: 1, undecided: 3 };
