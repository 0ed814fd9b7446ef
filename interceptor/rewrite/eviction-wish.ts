import type { V1ObjectMeta } from '@kubernetes/client-node';
import { z } from 'zod';
import { keys } from '../../clients/orchestrators/kubernetes/names';

/** The specification of a Migration without its service; what its fields may be the API server knows. */
const wish = z.looseObject({ destination: z.string().min(1), service: z.undefined().optional(), source: z.undefined().optional() });

export type EvictionWish = z.output<typeof wish>;

/** Where the service of a pod moves to when the pod is evicted. Undefined: nowhere; `damaged`: that cannot be read. */
export function evictionWish(metadata: V1ObjectMeta | undefined): EvictionWish | 'damaged' | undefined {
  const text = metadata?.annotations?.[keys.onEviction];
  if (text === undefined) return undefined;
  try {
    return wish.parse(JSON.parse(text));
  } catch {
    return 'damaged';
  }
}
