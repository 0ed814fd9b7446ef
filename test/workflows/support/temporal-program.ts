import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/** The Temporal CLI: named by $CARRYON_TEMPORAL, on the PATH, or where `go install` puts it. */
export function temporalProgram(): string {
  const onPath = (process.env.PATH ?? '').split(path.delimiter).map((directory) => path.join(directory, 'temporal'));
  const candidates = [process.env.CARRYON_TEMPORAL ?? '', ...onPath, path.join(homedir(), 'go/bin/temporal')];
  const found = candidates.find((candidate) => candidate !== '' && existsSync(candidate));
  if (!found) throw new Error('these tests need the Temporal CLI: put `temporal` on the PATH or set CARRYON_TEMPORAL');
  return found;
}
