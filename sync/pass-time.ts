/** Of a moment, by two clocks: files carry times of the one, only the other goes on evenly. */
export interface PassTime {
  wallMs: number;
  monotonicMs: number;
}

/** More than a clock that is kept right by small steps goes astray between two passes. */
const astrayMs = 500;

export const passTime = (): PassTime => ({ wallMs: Date.now(), monotonicMs: Number(process.hrtime.bigint() / 1_000_000n) });

export const formatPass = ({ wallMs, monotonicMs }: PassTime): string => `${wallMs} ${monotonicMs}`;

/** When the pass began, as files tell the time. Undefined without a pass, and when the wall clock was set since: what was written then may look older than the pass. */
export function beganAt(text: string, now: PassTime): number | undefined {
  const [, wall, monotonic] = /^(\d+) (\d+)$/.exec(text) ?? [];
  if (wall === undefined) return undefined;
  const astray = now.wallMs - Number(wall) - (now.monotonicMs - Number(monotonic));
  return Math.abs(astray) > astrayMs ? undefined : Number(wall);
}
