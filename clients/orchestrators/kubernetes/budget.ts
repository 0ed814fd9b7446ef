import { PolicyV1Api, type V1PodDisruptionBudget } from '@kubernetes/client-node';
import { tellsAllPages } from '../../../domain/debt';
import type { EngineClient } from '../../../domain/engine';
import { serviceVolume } from '../../../domain/names';
import type { OuterContainer } from '../../../domain/orchestrator';
import { apply } from './apply';
import type { KubernetesClients } from './context';
import { ignoreGone } from './end-pod';
import { asking } from './failure';
import { listFound, type Found } from './list';
import { keys, labelsOf, selectorOf } from './names';
import { ownerReference } from './owner-reference';

/** More than there ever are: a share would need a controller that says how many are expected, and pods on their own have none. */
const unattainable = 1000;
/** Between its making and the ticket nothing of the migration is seen at the engine. */
const youngMs = 20_000;
/** A destination is expected to get its ticket for five minutes. Until then its engine knows of earlier migrations at most. */
const unarmedMs = 6 * 60_000;

/** From here on no eviction takes the pod of this service, until `releaseSettled` finds that it does not move any more. The budget goes with the pod. */
export async function protect(context: KubernetesClients, found: Found): Promise<void> {
  const { config, namespace } = context;
  const { spec, service } = found.outer;
  const name = serviceVolume(service.id);
  const budget: V1PodDisruptionBudget = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name, namespace, labels: labelsOf(config.id, spec), annotations: { [keys.since]: new Date().toISOString() }, ownerReferences: [ownerReference(found)] },
    spec: { minAvailable: unattainable, selector: { matchLabels: { [keys.service]: service.id, [keys.role]: 'outer' } } },
  };
  await apply(context, budget, `keep ${service.name} from being evicted`);
}

/** Budgets of services that have settled: drains may take their pods again. What cannot be asked now is asked the next time. */
export async function releaseSettled(context: KubernetesClients, engineOf: (outer: OuterContainer) => EngineClient, now = Date.now()): Promise<void> {
  const { kubeconfig, config, namespace } = context;
  const policy = kubeconfig.makeApiClient(PolicyV1Api);
  const budgets = await asking(config.id, 'list disruption budgets', () => policy.listNamespacedPodDisruptionBudget({ namespace, labelSelector: selectorOf(config.id) }));
  if (budgets.items.length === 0) return;
  const all = await listFound(context);
  for (const { metadata } of budgets.items) {
    const service = metadata?.labels?.[keys.service];
    const found = all.find(({ outer }) => outer.service.id === service);
    const ageMs = now - Date.parse(metadata?.annotations?.[keys.since] ?? '');
    // One whose pod is gone is removed by Kubernetes itself.
    if (!found || ageMs < youngMs || !(await hasSettled(engineOf(found.outer), ageMs).catch(() => false))) continue;
    const request = { name: metadata?.name ?? '', namespace, body: { preconditions: { uid: metadata?.uid, resourceVersion: metadata?.resourceVersion } } };
    await asking(config.id, `let ${found.outer.service.name} be evicted again`, () => policy.deleteNamespacedPodDisruptionBudget(request).catch(ignoreGone));
  }
}

/** Neither is it leaving, arriving or relaying, nor are pages owed to it. */
async function hasSettled(engine: EngineClient, ageMs: number): Promise<boolean> {
  const { state, epoch } = await engine.status();
  if (state !== 'running') return ['absent', 'discarded', 'retired'].includes(state) && ageMs > unarmedMs;
  const last = await engine.migration();
  const arrived = last?.epoch === epoch && last.role === 'destination' && last.strategy === 'post-copy' && last.events.length > 0;
  return !arrived || last.events.some(tellsAllPages);
}
