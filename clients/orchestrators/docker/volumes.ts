import { RefusedError } from '../../../domain/errors';
import { labels, serviceVolume } from '../../../domain/names';
import type { OuterSpec } from '../../../domain/service';
import type { DockerContext } from './context';
import { asking, daemonWords, isConflict, isMissing } from './failure';

/**
 * Makes the volumes of a service. A user's volume that is there already and is not this service's is used only when the caller says so:
 * a migration would replace its files by the source's.
 */
export async function ensureVolumes(context: DockerContext, spec: OuterSpec, existing: 'use' | 'refuse'): Promise<void> {
  const { config } = context;
  const livedHere = (await ownerOf(context, serviceVolume(spec.id))) !== undefined;
  for (const { name } of spec.volumes) {
    const owner = await ownerOf(context, name);
    if (owner === undefined || owner === spec.id || existing === 'use' || livedHere) continue;
    throw new RefusedError('volume-taken', `Cluster ${config.id} has a volume ${name} already that does not belong to ${spec.name}.`, {
      cluster: config.id,
      next: `Rename or remove it there (docker volume rm ${name}); carryon does not overwrite its files.`,
    });
  }
  for (const name of [serviceVolume(spec.id), ...spec.volumes.map((volume) => volume.name)]) {
    await asking(config.id, `create the volume ${name}`, () =>
      context.docker.createVolume({ Name: name, Labels: { [labels.service]: spec.id, [labels.cluster]: config.id } }),
    );
  }
}

/** Service of a volume, '' when it is not ours, undefined when there is no such volume. */
async function ownerOf({ docker, config }: DockerContext, name: string): Promise<string | undefined> {
  return asking(config.id, `look at the volume ${name}`, async () => {
    try {
      const { Labels } = (await docker.getVolume(name).inspect()) as { Labels?: Record<string, string> | null };
      return Labels?.[labels.service] ?? '';
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  });
}

/** Removes the volumes that were made for this service; a volume that a user made himself stays. */
export async function removeVolumes(context: DockerContext, service: string): Promise<void> {
  const { docker, config } = context;
  const filters = { label: [`${labels.service}=${service}`, `${labels.cluster}=${config.id}`] };
  const { Volumes } = await asking(config.id, 'list volumes', () => docker.listVolumes({ filters }));
  for (const { Name } of Volumes ?? []) {
    await asking(config.id, `remove the volume ${Name}`, async () => {
      try {
        await docker.getVolume(Name).remove();
      } catch (error) {
        if (isMissing(error)) return;
        if (!isConflict(error)) throw error;
        throw new RefusedError('volume-in-use', `The volume ${Name} is still used: ${daemonWords(error)}.`, {
          cluster: config.id,
          next: `Remove the container that uses it, then: docker volume rm ${Name}.`,
        });
      }
    });
  }
}
