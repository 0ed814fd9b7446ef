import { randomUUID } from 'node:crypto';
import type { V1Pod } from '@kubernetes/client-node';
import { RefusedError, UnavailableError } from '../../../domain/errors';
import { parseProbe, probeScript, type HostProbe } from '../host-probe';
import type { KubernetesContext } from './context';
import { ignoreGone } from './end-pod';
import { asking } from './failure';
import { keys, selectorOf } from './names';
import { codeOf, isOver, troubleOf, type Trouble } from './pod-state';
import { watchPod } from './watch-pod';

/** Coordinators are asked for this together with other things, and have 20 s. */
const timeoutMs = 15_000;
const role = 'probe';
/** A quota of the namespace may ask for them. */
const resources = { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '1', memory: '64Mi' } };

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
      containers: [{ name: 'carryon', image, imagePullPolicy: 'IfNotPresent', command: ['/bin/sh', '-c', probeScript], resources, securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }],
    },
  };
  try {
    await asking(config.id, 'probe a node', () => core.createNamespacedPod({ namespace, body }));
    let trouble: Trouble | undefined;
    const ended = await watchPod(context, { service: id, role }, timeoutMs, (pod) => {
      if (isOver(pod)) return true;
      trouble = troubleOf(pod);
      // Whether a pull that failed once would succeed later is not for a plan to find out.
      if (trouble && (trouble.final || codeOf(trouble.reason) === 'image-not-pullable')) throw refused(config.id, image, trouble);
      return undefined;
    });
    if (!ended) throw trouble ? refused(config.id, image, trouble) : failed(config.id, `its pod did not end within ${timeoutMs / 1000} s`);
    return parseProbe(await asking(config.id, 'read what the probe wrote', () => core.readNamespacedPodLog({ name, namespace })), config.id);
  } finally {
    await asking(config.id, 'remove the probe', () => core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 }).catch(ignoreGone));
  }
}

function refused(cluster: string, image: string, { reason, message }: Trouble): RefusedError {
  const code = codeOf(reason) ?? 'probe-failed';
  const next = code === 'image-not-pullable' ? 'Put the image where its nodes pull from, or onto them; `runtimeImage` in carryon.yaml names it.' : 'Mend that, and try again.';
  return new RefusedError(code, `Cluster ${cluster} cannot run a pod of the image ${image} of the runtime module: ${reason}: ${message}`, { cluster, next });
}

const failed = (cluster: string, why: string) =>
  new UnavailableError('probe-failed', `The probe of a node of cluster ${cluster} failed: ${why}`, { cluster, next: `See kubectl get pods -l ${selectorOf(cluster)}; the image of the runtime module must be there.` });
