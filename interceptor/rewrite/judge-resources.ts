import type { V1Container } from '@kubernetes/client-node';
import type { Offence } from './offence';

const known = ['cpu', 'memory', 'ephemeral-storage'];

/** Devices do not move, and what is counted must be what the application takes. */
export function judgeResources({ resources = {} }: V1Container, at: string): Offence[] {
  const names = (kind: 'limits' | 'requests') => Object.keys(resources[kind] ?? {});
  const foreign = (['limits', 'requests'] as const).flatMap((kind) =>
    names(kind).flatMap((name) =>
      known.includes(name) ? [] : [{ path: `${at}.resources.${kind}[${name}]`, reason: name.startsWith('hugepages-') ? 'huge pages do not move: leave this out' : 'devices do not move: leave this out' }],
    ),
  );
  return [
    ...foreign,
    ...(names('limits').includes('ephemeral-storage')
      ? [{ path: `${at}.resources.limits[ephemeral-storage]`, reason: "the image's files and dumps of the memory count as well, and the pod would be evicted for them: leave this out, and give an emptyDir a sizeLimit" }]
      : []),
    ...(resources.claims?.length ? [{ path: `${at}.resources.claims`, reason: 'devices do not move: leave this out' }] : []),
  ];
}
