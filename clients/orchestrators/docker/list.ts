import type { OuterContainer } from '../../../domain/orchestrator';
import type { DockerContext } from './context';
import { asking } from './failure';
import { outerFilter, readOuter, type ListedContainer } from './labels';

export async function listOuter({ docker, config }: DockerContext, service?: string): Promise<OuterContainer[]> {
  const found = await asking(config.id, 'list containers', () => docker.listContainers({ all: true, filters: outerFilter(config.id, service) }));
  return (found as ListedContainer[]).flatMap((listed) => readOuter(listed, config.reach.host) ?? []);
}

/** By UUID or name. A UUID wins; of several with a name, the one that runs. */
export async function findOuter(context: DockerContext, service: string): Promise<OuterContainer | undefined> {
  const all = await listOuter(context);
  const byName = all.filter((outer) => outer.service.name === service);
  return all.find((outer) => outer.service.id === service) ?? byName.find((outer) => outer.running) ?? byName[0];
}
