import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { ConfigError, type Config } from '../../clients/config';
import type { Io } from '../io';

/** The `temporal` program: as configured, on PATH, or where Go installs it. */
export function findServer({ temporal }: Config, env: Io['env']): string {
  const named = temporal.binary?.includes('/') ? temporal.binary : undefined;
  const name = temporal.binary ?? 'temporal';
  const places = [...(env.PATH ?? '').split(path.delimiter), ...(env.HOME ? [path.join(env.HOME, 'go', 'bin')] : [])].filter(Boolean);
  const found = (named ? [named] : places.map((place) => path.join(place, name))).find(isProgram);
  if (found) return found;
  throw new ConfigError(
    'temporal-not-found',
    `No Temporal answers at ${temporal.address}, and there is no program ${name} to start one with.`,
    'Install the Temporal CLI (scripts/setup.sh does), name it as temporal.binary in carryon.yaml, or start a server of your own.',
  );
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
