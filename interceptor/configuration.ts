import type { V1MutatingWebhookConfiguration } from '@kubernetes/client-node';
import { keys } from '../clients/orchestrators/kubernetes/names';

/** How API servers call: at an address of its own, or by a Service. */
export type Address = { url: string } | { service: { namespace: string; name: string } };

export const reviewPath = '/mutate';
export const evictionPath = '/evict';

export const configurationName = (cluster: string) => `carryon-interceptor-${cluster}`;

/** Name that the serving certificate is for. */
export const hostOf = (address: Address) => ('url' in address ? new URL(address.url).hostname.replace(/^\[|\]$/g, '') : `${address.service.name}.${address.service.namespace}.svc`);

/** All of the object: nobody else has a say in it. `authorities` are PEM texts. */
export function webhookConfiguration(cluster: string, namespace: string, address: Address, authorities: string[]): V1MutatingWebhookConfiguration {
  const caBundle = Buffer.from(authorities.join('\n')).toString('base64');
  const at = (path: string) => ({ caBundle, ...('url' in address ? { url: new URL(path, address.url).href } : { service: { ...address.service, path, port: 443 } }) });
  const namespaceSelector = { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: [namespace] }] };
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: configurationName(cluster), labels: { [keys.managedBy]: 'carryon', [keys.cluster]: cluster } },
    webhooks: [
      {
        name: 'interceptor.carryon.io',
        admissionReviewVersions: ['v1'],
        clientConfig: at(reviewPath),
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], scope: 'Namespaced' }],
        objectSelector: { matchLabels: { [keys.migratable]: 'true' } },
        namespaceSelector,
        matchPolicy: 'Equivalent',
        failurePolicy: 'Fail',
        sideEffects: 'None',
        reinvocationPolicy: 'IfNeeded',
        timeoutSeconds: 10,
      },
      {
        name: 'eviction.carryon.io',
        admissionReviewVersions: ['v1'],
        clientConfig: at(evictionPath),
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods/eviction'], scope: 'Namespaced' }],
        namespaceSelector,
        matchPolicy: 'Equivalent',
        // A node can be drained without us.
        failurePolicy: 'Ignore',
        sideEffects: 'NoneOnDryRun',
        reinvocationPolicy: 'Never',
        timeoutSeconds: 10,
      },
    ],
  };
}
