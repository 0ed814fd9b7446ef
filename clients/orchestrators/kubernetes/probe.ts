import { randomUUID } from 'node:crypto';
import type { V1Pod } from '@kubernetes/client-node';
import { UnavailableError } from '../../../domain/errors';
import { parseProbe, probeScript, type HostProbe } from '../host-probe';
import type { KubernetesContext } from './context';
import { ignoreGone } from './end-pod';
import { asking } from './failure';
import { keys, selectorOf } from './names';
import { isOver, troubleOf, type Trouble } from './pod-state';
import { watchPod } from './watch-pod';

/** Coordinators are asked for this together with other things, and have 20 s. */
const timeoutMs = 15_000;
const role = 'probe';

/** A pod of the runtime image, without any privilege, that lives for a moment: the API's own answers do not know the processor. */
export async function probeHost(context: KubernetesContext): Promise<HostProbe> {
  const { core, config, namespace, image } = context;
  const id = randomUUID();
  const name = `carryon-probe-${id.slice(0, 8)}`;
  const body: V1Pod = {
    metadata: { name, namespace, labels: { [keys.managedBy]: 'carryon', [keys.cluster]: config.id, [keys.service]: id, [keys.role]: role } },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      containers: [{ name: 'carryon', image, imagePullPolicy: 'IfNotPresent', command: ['/bin/sh', '-c', probeScript], securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }],
    },
  };
  try {
    await asking(config.id, 'probe a node', () => core.createNamespacedPod({ namespace, body }));
    let trouble: Trouble | undefined;
    const ended = await watchPod(context, { service: id, role }, timeoutMs, (pod) => {
      if (isOver(pod)) return true;
      trouble = troubleOf(pod);
      if (trouble?.final) throw failed(config.id, `${trouble.reason}: ${trouble.message}`);
      return undefined;
    });
    if (!ended) throw failed(config.id, trouble ? `${trouble.reason}: ${trouble.message}` : `its pod did not end within ${timeoutMs / 1000} s`);
    return parseProbe(await asking(config.id, 'read what the probe wrote', () => core.readNamespacedPodLog({ name, namespace })), config.id);
  } finally {
    await asking(config.id, 'remove the probe', () => core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 }).catch(ignoreGone));
  }
}

const failed = (cluster: string, why: string) =>
  new UnavailableError('probe-failed', `The probe of a node of cluster ${cluster} failed: ${why}`, { cluster, next: `See kubectl get pods -l ${selectorOf(cluster)}; the image of the runtime module must be there.` });
