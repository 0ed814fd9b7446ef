import { firstFile } from '../archive';
import type { DockerContext } from './context';
import { asking, isMissing } from './failure';

/** The daemon mounts the volumes of a stopped container to read it. */
export const fileOf = ({ docker, config }: DockerContext, container: string, path: string): Promise<string | undefined> =>
  asking(config.id, `read ${path} of the outer container`, async () => {
    try {
      return await firstFile(await docker.getContainer(container).getArchive({ path }));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  });
