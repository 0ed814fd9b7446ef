import type { V1Pod } from '@kubernetes/client-node';
import { CarryonError, RefusedError } from '../../../domain/errors';
import type { KubernetesClients } from './context';
import { asking } from './failure';
import { keys } from './names';

/** Asked without making anything. It has everything that the Pod Security levels ask for. */
const question = (namespace: string): V1Pod => ({
  metadata: { generateName: 'carryon-question-', namespace, labels: { [keys.migratable]: 'true' } },
  spec: {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    containers: [{ name: 'question', image: 'none', command: ['none'], resources: { requests: { cpu: '1m', memory: '1Mi' }, limits: { cpu: '1m', memory: '1Mi' } } }],
  },
});

/** Whether the interceptor rewrites pods now. */
export async function isIntercepting({ core, config, namespace }: KubernetesClients): Promise<boolean> {
  const answer = await asking(config.id, 'ask whether pods are rewritten', () => core.createNamespacedPod({ namespace, body: question(namespace), dryRun: 'All' }));
  return answer.metadata?.labels?.[keys.cluster] === config.id;
}

/** A pod that is not rewritten would be a second copy of the service, and one that is not admitted never comes. */
export async function requireInterceptor(context: KubernetesClients, what: string): Promise<void> {
  const { config } = context;
  let why = 'nothing rewrites pods there';
  try {
    if (await isIntercepting(context)) return;
  } catch (error) {
    if (!(error instanceof CarryonError) || error.code !== 'webhook-failed') throw error;
    why = error.message;
  }
  throw new RefusedError('interceptor-missing', `The interceptor of cluster ${config.id} does not answer, and without it no pod of the ${what} is made: ${why}`, { cluster: config.id, next: `Start it (carryon interceptor --cluster ${config.id}), and migrate again.` });
}
