export interface Undo {
  /** What it takes back, in a user's words: "discard the copy at cloud". */
  name: string;
  run: () => Promise<void>;
}

/** The first undo that failed; nothing below it was tried. */
export class UndoFailedError extends Error {
  constructor(
    readonly failed: string,
    /** Those that were not tried, in the order in which they would have run. */
    readonly remaining: string[],
    cause: unknown,
  ) {
    super(`could not ${failed}`, { cause });
    this.name = 'UndoFailedError';
  }
}

/**
 * What has to be taken back when a migration fails, pushed before each act.
 * Unwinds last-in first-out and stops at the first failure: an undo relies on those above it (a copy may be discarded only when
 * its source is known to have kept the service), so going on would be a guess.
 */
export class UndoStack {
  private readonly entries: Undo[] = [];

  push(undo: Undo): void {
    this.entries.push(undo);
  }

  async unwind(onUndo: (name: string) => void = () => undefined): Promise<void> {
    for (let undo = this.entries.pop(); undo; undo = this.entries.pop()) {
      onUndo(undo.name);
      try {
        await undo.run();
      } catch (cause) {
        throw new UndoFailedError(undo.name, this.entries.map(({ name }) => name).reverse(), cause);
      }
    }
  }
}
