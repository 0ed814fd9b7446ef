import type { V1ObjectMeta } from '@kubernetes/client-node';
import { z } from 'zod';
import { keys } from './names';
import { RefusedError } from '../../../domain/errors';

const away = z.object({ service: z.uuid(), name: z.string().min(1), index: z.coerce.number().int().optional(), epoch: z.number().int().optional() });

/** A service that is leaving, or elsewhere: a pod that is made for it meanwhile is its stand-in. With an index only the pod of that number is. The epoch is that of the migration in which it left. */
export type Away = z.output<typeof away>;

/** What is written at an owner. A record that cannot be read is no licence to start a second copy. */
export function awayOf(metadata: V1ObjectMeta | undefined, owner: string): Away | undefined {
  const text = metadata?.annotations?.[keys.away];
  if (text === undefined) return undefined;
  const parsed = away.safeParse(parsedJson(text));
  if (parsed.success) return parsed.data;
  throw new RefusedError('away-damaged', `The annotation ${keys.away} of the ${owner} cannot be read, and its service may run elsewhere.`, {
    next: 'See `carryon ps` where the service is; if it is nowhere, remove the annotation.',
  });
}

export const concerns = ({ index }: Away, pod: number | undefined) => index === undefined || index === pod;

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
