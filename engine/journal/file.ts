import { mkdir, open, readFile, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatEntry, type JournalEntry } from '../../domain/journal-entry';
import { reduceJournal, type JournalView } from '../../domain/journal';

/** Who decides reads it anew each time: the native driver appends to the same file. */
export interface Journal {
  read(): Promise<JournalView>;
  /** The same, and a loss of power does not take it back: the driver does not wait for the disk inside the freeze. */
  readDurably(): Promise<JournalView>;
  /** Resolves when the line is on disk, with what the journal says then: another writer may have been first. */
  append(entry: Omit<JournalEntry, 'at'>): Promise<JournalView>;
}

export function journalFile(path: string): Journal {
  const read = async () => reduceJournal(await textOf(path));
  return {
    read,
    readDurably: async () => {
      const view = await read();
      if (view.current) await syncFile(path);
      return view;
    },
    append: async (entry) => {
      await appendDurably(path, formatEntry({ ...entry, at: now() }));
      return read();
    },
  };
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

async function appendDurably(path: string, line: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'a+', 0o600);
  try {
    // One write: O_APPEND keeps it whole beside the driver's. A torn end of an earlier crash must not swallow it.
    await file.write((await endsTorn(file)) ? `\n${line}` : line);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncDirectory(dirname(path));
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function endsTorn(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer.toString() !== '\n';
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Milliseconds are what the clock of JavaScript gives; the zeros keep the format of the driver's lines. */
const now = () => new Date().toISOString().replace('Z', '000000Z');
