import type { OuterContainer } from '../../../domain/orchestrator';
import { outerBy } from '../outer-by';
import type { DockerContext } from './context';
import { asking } from './failure';
import { outerFilter, readOuter, type ListedContainer } from './labels';

export async function listOuter({ docker, config }: DockerContext, service?: string): Promise<OuterContainer[]> {
  const found = await asking(config.id, 'list containers', () => docker.listContainers({ all: true, filters: outerFilter(config.id, service) }));
  return (found as ListedContainer[]).flatMap((listed) => readOuter(listed, config.reach.host) ?? []);
}

export const findOuter = async (context: DockerContext, service: string): Promise<OuterContainer | undefined> => outerBy(await listOuter(context), service);
