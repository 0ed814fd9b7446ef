import { z } from 'zod';
import { readIfThere } from '../read-file';
import type { ClockOffset, Peer } from '../ports';

/** Clocks as the application sees them, nanoseconds. */
export interface Clocks {
  monotonicNs: bigint;
  boottimeNs: bigint;
}

/** /proc/uptime counts hundredths. */
const uptimeStepNs = 10_000_000n;
/** Two hosts' clocks drift apart between this question and the handoff: 100 ppm over some minutes. A jump ahead harms nobody. */
const driftNs = 50_000_000n;

const answer = z.object({ monotonicNs: z.string().regex(/^\d+$/), boottimeNs: z.string().regex(/^\d+$/) });

export async function clocksOf(pid: number | undefined): Promise<Clocks> {
  const [kernel, offset] = await Promise.all([hostClocks(), offsetsOf(pid ?? 'self')]);
  return { monotonicNs: kernel.monotonicNs + offset.monotonicNs, boottimeNs: kernel.boottimeNs + offset.boottimeNs };
}

/** Clocks of the initial time namespace, from which the kernel counts every offset; an outer container may itself live in another one. */
export async function hostClocks(): Promise<Clocks> {
  const own = await offsetsOf('self');
  const uptime = (await readIfThere('/proc/uptime')) ?? '';
  const [seconds = '0', hundredths = '0'] = uptime.split(' ')[0]?.split('.') ?? [];
  const boottimeNs = BigInt(seconds) * 1_000_000_000n + BigInt(hundredths) * uptimeStepNs;
  return kernelClocksOf({ monotonicNs: process.hrtime.bigint(), boottimeNs }, own);
}

export const kernelClocksOf = (seen: Clocks, offset: ClockOffset): Clocks => ({
  monotonicNs: seen.monotonicNs - offset.monotonicNs,
  boottimeNs: seen.boottimeNs - offset.boottimeNs,
});

async function offsetsOf(pid: number | 'self'): Promise<ClockOffset> {
  return parseOffsets((await readIfThere(`/proc/${pid}/timens_offsets`)) ?? '');
}

export function parseOffsets(text: string): ClockOffset {
  const of = (clock: string) => {
    const [, seconds = '0', nanoseconds = '0'] = new RegExp(`^${clock}\\s+(-?\\d+)\\s+(\\d+)`, 'm').exec(text) ?? [];
    return BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
  };
  return { monotonicNs: of('monotonic'), boottimeNs: of('boottime') };
}

/** Offset of the new sandbox such that its clocks are never behind those that the application has seen. */
export async function clockOffsetFrom(peer: Peer): Promise<ClockOffset> {
  const asked = process.hrtime.bigint();
  const theirs = answer.parse(await peer.get('/v1/peer/time'));
  const ours = await hostClocks();
  return aheadOf({ monotonicNs: BigInt(theirs.monotonicNs), boottimeNs: BigInt(theirs.boottimeNs) }, ours, process.hrtime.bigint() - asked);
}

export function aheadOf(theirs: Clocks, ours: Clocks, roundTripNs: bigint): ClockOffset {
  const ahead = roundTripNs + driftNs;
  return {
    monotonicNs: theirs.monotonicNs + ahead - ours.monotonicNs,
    boottimeNs: theirs.boottimeNs + uptimeStepNs + ahead - ours.boottimeNs,
  };
}
