/** Calls once and keeps the answer; a failure is not kept, so that the next caller tries again. */
export function keptUnlessFailed<T>(call: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | undefined;
  return () => {
    kept ??= call().catch((error: unknown) => {
      kept = undefined;
      throw error;
    });
    return kept;
  };
}
