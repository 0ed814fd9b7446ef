import type { DockerContext } from './context';
import { asking, isMissing } from './failure';

/** `digest` is the daemon's own id of the image; the engine answers the digest of the configuration when it has loaded it. */
export async function exportImage({ docker, config }: DockerContext, ref: string): Promise<{ digest: string; tar: NodeJS.ReadableStream } | undefined> {
  const image = docker.getImage(ref);
  return asking(config.id, `export the image ${ref}`, async () => {
    try {
      const { Id } = await image.inspect();
      return { digest: Id, tar: await image.get() };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  });
}
