import { setTimeout as sleep } from 'node:timers/promises';
import { hookName, type CutoverHook, type CutoverNews, type RunHook } from '../domain/cutover';
import type { ClusterDependencies } from './dependencies';
import { withHeartbeat } from './heartbeat';

export interface RunCutoverHooksResult {
  /** Why, one for each hook that failed at its last attempt. */
  failures: string[];
}

const firstPauseMs = 1000;

/** All hooks of this cluster, in order; one that fails holds up none. They begin anew when the coordinator dies meanwhile: each runs at least once. */
export const createRunCutoverHooks =
  ({ cutover }: ClusterDependencies) =>
  (news: CutoverNews): Promise<RunCutoverHooksResult> =>
    withHeartbeat(runAll(cutover?.hooks ?? [], news, cutover?.run));

/** A failing hook is an answer, no failure of the activity: Temporal would run again those that have succeeded. */
export async function runAll(hooks: readonly CutoverHook[], news: CutoverNews, run: RunHook | undefined, pauseMs = firstPauseMs): Promise<RunCutoverHooksResult> {
  const failures: string[] = [];
  for (const hook of hooks) {
    const failure = run && (await lastFailure(() => run(hook, news), hook.retries, pauseMs));
    if (failure !== undefined) failures.push(`${hookName(hook)}: ${failure}`);
  }
  return { failures };
}

async function lastFailure(attempt: () => Promise<void>, retries: number, pauseMs: number): Promise<string | undefined> {
  for (let left = retries, pause = pauseMs; ; left -= 1, pause *= 2) {
    try {
      await attempt();
      return undefined;
    } catch (error) {
      if (left === 0) return error instanceof Error ? error.message : String(error);
    }
    await sleep(pause);
  }
}
