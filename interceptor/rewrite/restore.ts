import type { V1Container, V1Pod } from '@kubernetes/client-node';
import { interceptedContainer } from '../../clients/orchestrators/kubernetes/intercepted';
import { keys } from '../../clients/orchestrators/kubernetes/names';
import { ambassadorVolume, runPrefix, sidecarName, stateVolume } from './names';
import { userResources } from './resources';
import { unwrapped, without } from './wrapped';

export interface Restored {
  pod: V1Pod;
  /** Name of the user's container, where the pod had been rewritten. */
  container?: string;
}

/**
 * A pod that was rewritten before, without all that is carryon's: what others have added since is judged and mirrored as if it had always been there.
 * Its service does not come along, so that a copy of a running pod does not claim to be the same one.
 */
export function restored(pod: V1Pod): Restored {
  const container = interceptedContainer(pod);
  const { metadata, spec } = pod;
  const sidecar = spec?.initContainers?.find(({ name, restartPolicy }) => name === sidecarName && restartPolicy === 'Always');
  if (!spec || !sidecar || !spec.containers.some(({ name }) => name === container)) return { pod };
  const initContainers = spec.initContainers?.filter((other) => other !== sidecar);
  return {
    container,
    pod: {
      ...pod,
      metadata: { ...metadata, labels: omit(metadata?.labels, [keys.cluster, keys.service, keys.role]), annotations: omit(metadata?.annotations, [keys.spec, keys.intercepted]) },
      spec: {
        ...spec,
        initContainers,
        containers: spec.containers.map((one) => (one.name === container ? user(one, sidecar) : one)),
        volumes: spec.volumes?.filter(({ name }) => name !== stateVolume && name !== ambassadorVolume),
      },
    },
  };
}

const user = (ambassador: V1Container, sidecar: V1Container): V1Container => ({
  ...unwrapped(ambassador),
  command: ambassador.command && without(runPrefix, ambassador.command),
  volumeMounts: ambassador.volumeMounts?.filter(({ name }) => name !== ambassadorVolume),
  resources: userResources(sidecar.resources ?? {}),
});

const omit = (words: Record<string, string> | undefined, names: string[]) => words && Object.fromEntries(Object.entries(words).filter(([name]) => !names.includes(name)));
