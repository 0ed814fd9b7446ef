import { RefusedError } from '../../domain/errors';
import type { Confinement, ServiceSpec } from '../../domain/service';
import type { ImageConfig } from './image-config';
import type { User } from './user';

export interface AppProcess {
  args: string[];
  env: string[];
  workdir: string;
  user: User;
  confinement?: Confinement;
}

const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The application's process: what the image fixes, replaced by what the user asked, merged as Docker does it. */
export function appProcess(spec: ServiceSpec, image: ImageConfig, user: User): AppProcess {
  const entrypoint = spec.entrypoint ?? image.entrypoint;
  // Another entrypoint makes the image's command meaningless.
  const command = spec.command ?? (spec.entrypoint ? [] : image.command);
  const args = [...entrypoint, ...command];
  if (args.length === 0) {
    throw new RefusedError('no-command', `image ${spec.image} names no program to run`, { next: 'give a command after the image' });
  }
  return { args, env: environment(spec, image, user), workdir: spec.workdir || image.workdir || '/', user, ...(spec.confinement && { confinement: spec.confinement }) };
}

function environment(spec: ServiceSpec, image: ImageConfig, user: User): string[] {
  const defaults = [defaultPath, `HOSTNAME=${hostname(spec)}`, `HOME=${user.home}`];
  const asked = Object.entries(spec.env).map(([name, value]) => `${name}=${value}`);
  return mergeEnv(defaults, image.env, asked);
}

/** Later ones win; each name keeps its first place. */
export function mergeEnv(...layers: string[][]): string[] {
  const byName = new Map(layers.flat().map((entry) => [entry.split('=', 1)[0] ?? '', entry]));
  return [...byName.values()];
}

/** Else twelve digits of the service's id: the same in every cluster, and of the form that containers are used to. */
export const hostname = (spec: ServiceSpec) => spec.hostname ?? spec.id.replaceAll('-', '').slice(0, 12);
