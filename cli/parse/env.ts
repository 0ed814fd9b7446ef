import { readFileSync } from 'node:fs';
import { UsageError } from '../usage-error';

type Environment = Readonly<Record<string, string | undefined>>;

/** `K=V`, or `K` alone for the value that the caller's own environment has. */
export function parseEnv(entries: readonly string[], environment: Environment): Record<string, string> {
  return Object.fromEntries(entries.map((entry) => parseEntry(entry, environment, '-e')));
}

/** One entry a line; empty lines and lines that begin with # are left out. */
export function readEnvFile(file: string, environment: Environment): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--env-file: cannot read ${file}: ${(error as Error).message}`, 'Name an existing file with one K=V a line.');
  }
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
  return Object.fromEntries(lines.map((line) => parseEntry(line, environment, `--env-file ${file}`)));
}

function parseEntry(entry: string, environment: Environment, option: string): [string, string] {
  const at = entry.indexOf('=');
  const name = at < 0 ? entry : entry.slice(0, at);
  // The value is not repeated in the message: it may be a secret.
  if (!/^[^\s=]+$/.test(name)) throw new UsageError(`${option}: "${name}" is not the name of a variable.`, 'Write -e NAME=VALUE, or -e NAME to pass your own value on.');
  if (at >= 0) return [name, entry.slice(at + 1)];
  const inherited = environment[name];
  if (inherited === undefined) throw new UsageError(`${option}: ${name} has no value in your environment.`, `Set it, or write -e ${name}=VALUE.`);
  return [name, inherited];
}
