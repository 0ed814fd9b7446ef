import type { V1MutatingWebhookConfiguration } from '@kubernetes/client-node';
import { keys } from '../clients/orchestrators/kubernetes/names';

/** How API servers call: at an address of its own, or by a Service. */
export type Address = { url: string } | { service: { namespace: string; name: string } };

export const reviewPath = '/mutate';

export const configurationName = (cluster: string) => `carryon-interceptor-${cluster}`;

/** Name that the serving certificate is for. */
export const hostOf = (address: Address) => ('url' in address ? new URL(address.url).hostname.replace(/^\[|\]$/g, '') : `${address.service.name}.${address.service.namespace}.svc`);

/** All of the object: nobody else has a say in it. `authorities` are PEM texts. */
export function webhookConfiguration(cluster: string, namespace: string, address: Address, authorities: string[]): V1MutatingWebhookConfiguration {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: configurationName(cluster), labels: { [keys.managedBy]: 'carryon', [keys.cluster]: cluster } },
    webhooks: [
      {
        name: 'interceptor.carryon.io',
        admissionReviewVersions: ['v1'],
        clientConfig: {
          caBundle: Buffer.from(authorities.join('\n')).toString('base64'),
          ...('url' in address ? { url: new URL(reviewPath, address.url).href } : { service: { ...address.service, path: reviewPath, port: 443 } }),
        },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], scope: 'Namespaced' }],
        objectSelector: { matchLabels: { [keys.migratable]: 'true' } },
        namespaceSelector: { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: [namespace] }] },
        matchPolicy: 'Equivalent',
        failurePolicy: 'Fail',
        sideEffects: 'None',
        reinvocationPolicy: 'IfNeeded',
        timeoutSeconds: 10,
      },
    ],
  };
}
