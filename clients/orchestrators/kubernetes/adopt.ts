import type { EngineClient } from '../../../domain/engine';
import type { OuterContainer } from '../../../domain/orchestrator';
import { awaitEngine } from './await-engine';
import { certify } from './certificate';
import type { KubernetesContext } from './context';
import { ensureServices } from './create';
import { findIn, listFound, type Found } from './list';
import { isStarted } from './pod-state';

type EngineOf = (outer: OuterContainer) => EngineClient;

/** As an orchestrator's `find`. An outer container that the interceptor made is given ports and certificate when it is looked for. */
export async function findOuter(context: KubernetesContext, service: string, engine: EngineOf): Promise<OuterContainer | undefined> {
  const found = await findIn(context, service);
  return found && isStranger(found) ? adopt(context, found, engine) : found?.outer;
}

/** As an orchestrator's `list`. One whose engine does not answer yet is there all the same. */
export async function listOuter(context: KubernetesContext, engine: EngineOf): Promise<OuterContainer[]> {
  return Promise.all((await listFound(context)).map(async (found) => (isStranger(found) ? adopt(context, found, engine).catch(() => found.outer) : found.outer)));
}

/** Nobody deployed it for us: the API server made the pod, and kubelet runs it. */
const isStranger = ({ kind, outer, pod }: Found) => kind === 'Intercepted' && outer.reach.apiPort === 0 && pod !== undefined && isStarted(pod);

/** Ports and certificate for the engine of this pod; resolves when it answers. */
export async function adopt(context: KubernetesContext, found: Found, engine: EngineOf): Promise<OuterContainer> {
  // Ports last: by them it is known that all is done.
  await certify(context, found.pod?.metadata?.name ?? '', found.outer.service.id);
  await ensureServices(context, found);
  const outer = (await listFound(context, found.outer.service.id)).find(({ outer: { id } }) => id === found.outer.id)?.outer ?? found.outer;
  await awaitEngine(context, outer, engine(outer));
  return outer;
}
