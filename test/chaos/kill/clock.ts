import { setTimeout as pause } from 'node:timers/promises';
import type { Side } from '../cell';
import type { Clock } from '../clock/clock';
import type { Kill } from './scene';

const jumpSeconds = 3_600;
/** So long somebody, or NTP, needs to set it right. */
const wrongMs = 2_000;

/** The wall clock by which the engine and the coordinator of one cluster go is an hour ahead from one moment to the next, and goes back as suddenly. */
export const jumpClock = (side: Side): Kill => async ({ system, outer }) => {
  const victim = outer[side];
  const clocks = [await victim.clock(), await system.coordinatorClock(victim.cluster)];
  if (!clocks.every((clock): clock is Clock => clock !== undefined)) return undefined;
  const goBack = () => Promise.all(clocks.map((clock) => clock.set(0)));
  let atMs: number;
  try {
    // A cell that was cut off may have left it ahead.
    await goBack();
    await Promise.all(clocks.map((clock) => clock.set(jumpSeconds)));
    atMs = Date.now();
    await Promise.all(clocks.map(insistOnJump));
  } catch (error) {
    await goBack();
    throw error;
  }
  const mend = async () => {
    await pause(wrongMs);
    await goBack();
  };
  return { atMs, mend };
};

/** A clock that stands where it stood would prove nothing. */
async function insistOnJump(clock: Clock): Promise<void> {
  const aheadMs = (await clock.now()) - Date.now();
  if (Math.abs(aheadMs - jumpSeconds * 1_000) > 60_000) throw new Error(`the clock was to be ${jumpSeconds} s ahead, and is ${aheadMs} ms`);
}
