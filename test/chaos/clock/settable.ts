import { writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import type { SystemOptions } from '../../e2e/support/configuration';

/** As clock/Dockerfile makes it: the runtime module with a wall clock that can be set. */
const runtimeImage = 'carryon-runtime-clock';

/** The same clusters, with engines whose clock can be set. */
export const withClocks = (options: SystemOptions) => ({ ...options, clocks: true, runtimeImage, images: [...(options.images ?? []), runtimeImage] });

/** What makes a process of this machine go by the clock that `file` says; it begins with the machine's. */
export async function settable(file: string): Promise<Record<string, string>> {
  await writeFile(file, '+0\n');
  // Where the library is, its own program knows.
  const { stdout } = await execa('faketime', ['-f', '+0', 'printenv', 'LD_PRELOAD']);
  return { LD_PRELOAD: stdout, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' };
}
