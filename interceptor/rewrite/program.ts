import type { V1Container, V1Pod } from '@kubernetes/client-node';
import { keys } from '../../clients/orchestrators/kubernetes/names';
import type { Offence } from './offence';

export interface Program {
  command: string[];
  args?: string[];
}

/** What the user's container runs, or what is wrong about it. An image's ENTRYPOINT is not visible to the API: a pod that relies on it tells it by annotations. */
export function programOf({ metadata }: V1Pod, { command, args }: V1Container, at: string): Program | Offence[] {
  if (command?.length) return { command, ...(args && { args }) };
  const entrypoint = fromAnnotation(metadata?.annotations?.[keys.entrypoint]);
  const preset = fromAnnotation(metadata?.annotations?.[keys.command]);
  const damaged = [
    ...(entrypoint === 'damaged' ? [notAnArray(keys.entrypoint)] : []),
    ...(preset === 'damaged' ? [notAnArray(keys.command)] : []),
  ];
  if (entrypoint === 'damaged' || preset === 'damaged') return damaged;
  if (!entrypoint) return [{ path: `${at}.command`, reason: `is not set, and the image's ENTRYPOINT cannot be seen from here: set it, or the annotation ${keys.entrypoint} of the pod to a JSON array, for example ["docker-entrypoint.sh"], and ${keys.command} to the image's CMD` }];
  const given = args?.length ? args : preset;
  if (entrypoint.length === 0 && !given?.length) return [{ path: `metadata.annotations[${keys.entrypoint}]`, reason: `names no program, and neither args nor ${keys.command} do: give one of them` }];
  return { command: entrypoint, ...(given && { args: given }) };
}

/** As an image's own are: kubelet shall find nothing to expand in them. */
const literal = (words: string[]) => words.map((word) => word.replaceAll('$', '$$$$'));

function fromAnnotation(text: string | undefined): string[] | undefined | 'damaged' {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((word) => typeof word === 'string') ? literal(value) : 'damaged';
  } catch {
    return 'damaged';
  }
}

const notAnArray = (key: string): Offence => ({ path: `metadata.annotations[${key}]`, reason: 'is not a JSON array of strings: write it like ["/entrypoint.sh", "serve"]' });
