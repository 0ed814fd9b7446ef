import type { V1Container, V1Pod } from '@kubernetes/client-node';
import { judgeContainer } from './judge-container';
import { judgePod } from './judge-pod';
import { judgeResources } from './judge-resources';
import { judgeSecurity } from './judge-security';
import { judgeVolumes } from './judge-volumes';
import type { Offence } from './offence';
import { programOf } from './program';

/** Everything in a pod that could not be kept. `user` is the container that is about to be moved. */
export function judge(pod: V1Pod, user: V1Container): Offence[] {
  const at = `spec.containers[${pod.spec?.containers.indexOf(user)}]`;
  const program = programOf(pod, user, at);
  return [
    ...judgePod(pod, user),
    ...judgeContainer(user, at),
    ...judgeSecurity(pod, user, at),
    ...judgeResources(user, at),
    ...judgeVolumes(pod, user, at),
    ...(Array.isArray(program) ? program : []),
  ];
}
