import type { DockerContext } from './context';
import { asking, isConflict, isMissing } from './failure';
import { listOuter } from './list';
import { removeVolumes } from './volumes';

/** Removes the outer container, running or not; the volumes that were made for the service only when asked. Nothing there: nothing to do. */
export async function removeOuter(context: DockerContext, service: string, { volumes, container }: { volumes: boolean; container?: string }): Promise<void> {
  const present = await listOuter(context, service);
  const meant = present.filter(({ id }) => container === undefined || id === container);
  for (const outer of meant) {
    await asking(context.config.id, 'remove the outer container', async () => {
      try {
        await context.docker.getContainer(outer.id).remove({ force: true });
      } catch (error) {
        const underway = isConflict(error) && /already in progress/.test(String(error));
        if (!isMissing(error) && !underway) throw error;
      }
    });
  }
  if (volumes && meant.length === present.length) await removeVolumes(context, service);
}
