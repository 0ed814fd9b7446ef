import { convergingRatio, maxPasses, smallPassBytes } from './defaults';
import type { SyncStats } from './engine';

export type PreCopyDecision = { do: 'iterate' | 'handoff'; why: string };

/** After each pass: copy files once more while the service runs, or freeze it now. */
export function decidePreCopy(passes: readonly Pick<SyncStats, 'bytes'>[]): PreCopyDecision {
  const last = passes.at(-1);
  if (!last) return { do: 'iterate', why: 'nothing was copied yet' };
  if (last.bytes <= smallPassBytes) return { do: 'handoff', why: 'little has changed since the last pass' };
  if (passes.length >= maxPasses) return { do: 'handoff', why: `${maxPasses} passes are enough` };
  const before = passes.at(-2);
  if (before && last.bytes > before.bytes * convergingRatio) return { do: 'handoff', why: 'files change as fast as they are copied' };
  return { do: 'iterate', why: 'much was copied, so much may have changed meanwhile' };
}
