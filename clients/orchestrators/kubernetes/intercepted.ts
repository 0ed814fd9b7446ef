import type { V1Pod } from '@kubernetes/client-node';
import { keys } from './names';

/** Name of the user's container in a pod that the interceptor has rewritten: the ambassador. */
export function interceptedContainer({ metadata }: V1Pod): string | undefined {
  const text = metadata?.annotations?.[keys.intercepted];
  if (text === undefined) return undefined;
  try {
    return (JSON.parse(text) as { container?: string } | null)?.container;
  } catch {
    return undefined;
  }
}

export const isIntercepted = (pod: V1Pod) => interceptedContainer(pod) !== undefined;
