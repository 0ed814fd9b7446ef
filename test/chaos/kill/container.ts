import { setTimeout as pause } from 'node:timers/promises';
import type { Side } from '../cell';
import { docker } from '../../e2e/support/clusters';
import { eventually } from '../../e2e/support/await';
import type { Kill } from './scene';

/** So long somebody needs to start it again. */
const downMs = 1_000;

/** As a crash of its init, or `docker kill`: everything in it is gone at once. It is started again a second later. */
export const killContainer = (side: Side): Kill => async ({ outer }) => {
  const victim = outer[side];
  const atMs = await victim.kill();
  if (atMs === undefined) return undefined;
  const mend = async () => {
    await pause(downMs);
    await eventually(`the outer container of ${victim.service} at ${victim.cluster} to start`, async () => {
      await docker(victim.cluster, 'start', victim.service);
      return (await victim.init()) !== undefined;
    });
  };
  return { atMs, mend };
};
