import type { Side } from '../cell';
import type { Outer } from '../outer';
import type { ChaosSystem } from '../system/chaos-system';

/** What a killer can lay hands on. */
export interface Scene {
  system: ChaosSystem;
  outer: Record<Side, Outer>;
}

/** Brings back what can come back; not called before what follows from the kill has been seen. */
export type Mend = () => Promise<void>;

export interface Struck {
  /** When it was: a driver that was made to pause goes on soon. */
  atMs: number;
  mend: Mend;
}

/** Kills at once. Undefined: what it should kill is not there. */
export type Kill = (scene: Scene) => Promise<Struck | undefined>;

export const nothingToMend: Mend = () => Promise.resolve();
