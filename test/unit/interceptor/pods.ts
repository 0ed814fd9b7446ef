import type { V1Container, V1Pod, V1PodSpec } from '@kubernetes/client-node';
import type { RewriteOptions } from '../../../interceptor/rewrite/rewrite';
import { rewrite } from '../../../interceptor/rewrite/rewrite';

export const options: RewriteOptions = { cluster: 'cloud', image: 'carryon-runtime:1', service: '7c9e6679-7425-40de-944b-e07fc1f90ae7', name: 'web' };

/** A pod as a Deployment makes it and the ServiceAccount plugin completes it. */
export function podOf(container: Partial<V1Container> = {}, spec: Partial<V1PodSpec> = {}, metadata: V1Pod['metadata'] = {}): V1Pod {
  return {
    metadata: { generateName: 'web-5d4f-', ...metadata, labels: { app: 'web', 'app.kubernetes.io/name': 'web', 'carryon.io/migratable': 'true', ...metadata.labels } },
    spec: {
      serviceAccountName: 'default',
      restartPolicy: 'Always',
      ...spec,
      containers: [
        {
          name: 'app',
          image: 'registry.example.org/web:1',
          command: ['/web'],
          ...container,
          volumeMounts: [...(container.volumeMounts ?? []), { name: 'kube-api-access-x2v9k', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true }],
        },
        ...(spec.containers ?? []),
      ],
      volumes: [...(spec.volumes ?? []), { name: 'kube-api-access-x2v9k', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }],
    },
  };
}

export function rewritten(pod: V1Pod, more: Partial<RewriteOptions> = {}) {
  const rewriting = rewrite(pod, { ...options, ...more });
  if ('offences' in rewriting) throw new Error(`refused: ${JSON.stringify(rewriting.offences)}`);
  return partsOf(rewriting.pod);
}

/** Sidecar, ambassador and specification of a rewritten pod. */
export function partsOf(pod: V1Pod) {
  const sidecar = pod.spec?.initContainers?.find(({ name }) => name === 'carryon');
  const user = pod.spec?.containers[0];
  if (!sidecar || !user) throw new Error('not rewritten');
  return { pod, sidecar, user, outer: JSON.parse(pod.metadata?.annotations?.['carryon.io/spec'] ?? '') as Record<string, unknown> };
}

export function offencesOf(pod: V1Pod) {
  const rewriting = rewrite(pod, options);
  return 'offences' in rewriting ? rewriting.offences : [];
}
