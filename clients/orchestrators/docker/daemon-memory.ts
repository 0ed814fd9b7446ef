import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { optionalCapabilities, type OptionalCapability } from './privileges';

/** Remembers, per daemon, which capabilities it refused, so that each deployment does not have to find out again. */
export interface DaemonMemory {
  refused(daemon: string): OptionalCapability[];
  remember(daemon: string, refused: readonly OptionalCapability[]): void;
}

/** In `<state dir>/<cluster>/daemon.json`; losing the file costs one more attempt. */
export function fileDaemonMemory(directory: string): DaemonMemory {
  const file = path.join(directory, 'daemon.json');
  return {
    refused(daemon) {
      const noted = read(file)[daemon];
      return Array.isArray(noted) ? optionalCapabilities.filter((capability) => noted.includes(capability)) : [];
    },
    remember(daemon, refused) {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      const fresh = `${file}.${process.pid}`;
      writeFileSync(fresh, `${JSON.stringify({ ...read(file), [daemon]: refused }, null, 2)}\n`);
      renameSync(fresh, file);
    },
  };
}

function read(file: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
}
