import type { DockerContext } from './context';
import { asking, isUnchanged } from './failure';
import { listOuter } from './list';

/** The image's stop signal to the application through init, SIGKILL after the time. The daemon will not restart it by itself. */
export async function stopOuter(context: DockerContext, service: string, timeoutMs: number): Promise<void> {
  for (const outer of await listOuter(context, service)) {
    await asking(context.config.id, 'stop the outer container', async () => {
      try {
        await context.docker.getContainer(outer.id).stop({ t: Math.ceil(timeoutMs / 1000) });
      } catch (error) {
        if (!isUnchanged(error)) throw error;
      }
    });
  }
}
