/** A repeated call for the same work attaches to the running one. */
export interface Shared {
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
  /** Resolves when work of this key no longer runs, however it ended. */
  settled(key: string): Promise<void>;
}

export function createShared(): Shared {
  const running = new Map<string, Promise<unknown>>();
  return {
    run<T>(key: string, work: () => Promise<T>): Promise<T> {
      const present = running.get(key) as Promise<T> | undefined;
      if (present) return present;
      const mine = work().finally(() => running.delete(key));
      running.set(key, mine);
      return mine;
    },
    async settled(key) {
      await running.get(key)?.catch(() => undefined);
    },
  };
}
