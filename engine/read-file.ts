import { access, readFile } from 'node:fs/promises';

/** False as well where it cannot be looked at. */
export const isThere = (path: string): Promise<boolean> => access(path).then(() => true, () => false);

/** Undefined when the file is not there; any other failure is thrown. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}
