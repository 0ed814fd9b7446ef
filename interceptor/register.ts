import { ApiException, PatchStrategy, type AdmissionregistrationV1Api, type KubernetesObjectApi, type V1MutatingWebhookConfiguration } from '@kubernetes/client-node';
import pRetry, { AbortError } from 'p-retry';
import { liveCertificates } from '../clients/authority/serving';
import { asking, isMissing } from '../clients/orchestrators/kubernetes/failure';
import { configurationName, webhookConfiguration, type Address } from './configuration';

export interface Registration {
  cluster: string;
  namespace: string;
  address: Address;
  admission: Pick<AdmissionregistrationV1Api, 'readMutatingWebhookConfiguration'>;
  objects: KubernetesObjectApi;
}

const fieldManager = 'carryon-interceptor';

/**
 * Has API servers trust these authorities, beside those of other replicas that have not ended. The object is made when it is absent, and put right where somebody
 * has changed it: it is carryon's own. Replicas write it by turns: whoever saw an old one looks again.
 */
export async function register(registration: Registration, authorities: string[]): Promise<void> {
  const { cluster, namespace, address, objects } = registration;
  await asking(cluster, 'register the interceptor', () =>
    pRetry(
      async () => {
        const present = await read(registration);
        const all = new Set([...trusted(present), ...authorities]);
        const wanted = webhookConfiguration(cluster, namespace, address, [...all]);
        const resourceVersion = present?.metadata?.resourceVersion;
        await objects.patch({ ...wanted, metadata: { ...wanted.metadata, ...(resourceVersion && { resourceVersion }) } }, undefined, undefined, fieldManager, true, PatchStrategy.ServerSideApply).catch(onlyConflicts);
      },
      { retries: 5, minTimeout: 50, randomize: true },
    ),
  );
}

async function read({ cluster, admission }: Registration): Promise<V1MutatingWebhookConfiguration | undefined> {
  try {
    return await admission.readMutatingWebhookConfiguration({ name: configurationName(cluster) });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new AbortError(error as Error);
  }
}

export const trusted = (configuration: V1MutatingWebhookConfiguration | undefined) =>
  liveCertificates(Buffer.from(configuration?.webhooks?.[0]?.clientConfig.caBundle ?? '', 'base64').toString('utf8'));

const onlyConflicts = (error: unknown) => {
  if (error instanceof ApiException && error.code === 409) throw error;
  throw new AbortError(error as Error);
};
