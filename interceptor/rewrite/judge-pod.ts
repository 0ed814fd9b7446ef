import type { V1Container, V1Pod, V1PodSpec } from '@kubernetes/client-node';
import { keys } from '../../clients/orchestrators/kubernetes/names';
import { evictionWish } from './eviction-wish';
import { sidecarName } from './names';
import { check, type Check, type Offence } from './offence';

const ownAddress = 'the application has a network of its own, which moves with it';
const checks: Check<V1PodSpec>[] = [
  ['hostNetwork', ({ hostNetwork }) => hostNetwork, `${ownAddress}: leave this out, and declare its ports`],
  ['hostPID', ({ hostPID }) => hostPID, "the node's processes do not move: leave this out"],
  ['hostIPC', ({ hostIPC }) => hostIPC, "the node's shared memory does not move: leave this out"],
  ['hostUsers', ({ hostUsers }) => hostUsers === false, 'nothing can be checkpointed inside of a user namespace: leave this out'],
  ['shareProcessNamespace', ({ shareProcessNamespace }) => shareProcessNamespace, 'the application has a process namespace of its own, which moves with it: leave this out'],
  ['runtimeClassName', ({ runtimeClassName }) => runtimeClassName, "the application is run by carryon's own runtime: leave this out"],
  ['resourceClaims', ({ resourceClaims }) => resourceClaims?.length, 'devices do not move: leave this out'],
  ['resources', ({ resources }) => resources?.limits ?? resources?.requests, 'the runtime module needs memory besides the application: give the limits to the container'],
  ['os.name', ({ os }) => os?.name === 'windows', 'only Linux can be moved'],
];

/** What concerns the pod as a whole: its own fields, its other containers, and words that are carryon's. */
export function judgePod({ metadata, spec }: V1Pod, user: V1Container): Offence[] {
  if (!spec) return [];
  const labels = [keys.cluster, keys.service, keys.role].filter((key) => metadata?.labels?.[key] !== undefined);
  const annotations = [keys.spec, keys.intercepted].filter((key) => metadata?.annotations?.[key] !== undefined);
  return [
    ...labels.map((key) => ({ path: `metadata.labels[${key}]`, reason: 'is set by carryon alone: leave it out' })),
    ...annotations.map((key) => ({ path: `metadata.annotations[${key}]`, reason: 'is set by carryon alone: leave it out' })),
    ...(evictionWish(metadata) === 'damaged' ? [{ path: `metadata.annotations[${keys.onEviction}]`, reason: 'is not the specification of a Migration without `service` and `source`: write it like {"destination": "cloud", "relayFor": "1m"}' }] : []),
    ...check('spec', spec, checks),
    ...judgeOthers(spec, user),
  ];
}

function judgeOthers({ containers, initContainers = [] }: V1PodSpec, user: V1Container): Offence[] {
  const others = containers.flatMap((container, index) =>
    container === user ? [] : [{ path: `spec.containers[${index}]`, reason: `one container moves, and "${container.name}" beside it would stay: give it a pod of its own` }],
  );
  const sidecars = initContainers.flatMap(({ name, restartPolicy }, index) =>
    restartPolicy === 'Always' ? [{ path: `spec.initContainers[${index}].restartPolicy`, reason: `one container moves, and the sidecar "${name}" beside it would stay: give it a pod of its own` }] : [],
  );
  const reserved = (list: string, all: V1Container[]) =>
    all.flatMap(({ name }, index) => (name === sidecarName ? [{ path: `spec.${list}[${index}].name`, reason: `"${sidecarName}" is the name of carryon's own container: choose another` }] : []));
  return [...others, ...sidecars, ...reserved('containers', containers), ...reserved('initContainers', initContainers)];
}
