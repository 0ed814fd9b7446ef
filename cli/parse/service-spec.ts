import { randomUUID } from 'node:crypto';
import { defaultNestedAddress } from '../../domain/names';
import type { PortMapping, RestartPolicy, ServiceSpec, VolumeMount } from '../../domain/service';
import type { Io } from '../io';
import { UsageError } from '../usage-error';
import { parseEnv, readEnvFile } from './env';
import { refuseDoublePorts } from './port';
import { refuseDoublePaths } from './volume';

export interface RunOptions {
  name: string;
  publish?: PortMapping[];
  env?: string[];
  envFile?: string[];
  volume?: VolumeMount[];
  memory?: number;
  cpus?: number;
  restart?: RestartPolicy;
  workdir?: string;
  user?: string;
  entrypoint?: string;
}

/** The specification that a command line describes; its id is new. */
export function serviceSpec(image: string, command: string[], options: RunOptions, io: Pick<Io, 'env'>): ServiceSpec {
  checkName(options.name);
  const ports = options.publish ?? [];
  const volumes = options.volume ?? [];
  refuseDoublePorts(ports);
  refuseDoublePaths(volumes);
  if (options.workdir && !options.workdir.startsWith('/')) throw new UsageError(`-w ${options.workdir}: the directory has to be absolute.`, 'Write for example -w /srv.');
  return {
    id: randomUUID(),
    name: options.name,
    image,
    ...(options.entrypoint !== undefined && { entrypoint: options.entrypoint === '' ? [] : [options.entrypoint] }),
    ...(command.length > 0 && { command }),
    env: Object.assign({}, ...(options.envFile ?? []).map((file) => readEnvFile(file, io.env)), parseEnv(options.env ?? [], io.env)) as Record<string, string>,
    ports,
    volumes,
    ...(options.memory !== undefined && { memoryBytes: options.memory }),
    ...(options.cpus !== undefined && { cpus: options.cpus }),
    restart: options.restart ?? 'no',
    ...(options.workdir && { workdir: options.workdir }),
    ...(options.user && { user: options.user }),
    address: defaultNestedAddress,
  };
}

function checkName(name: string): void {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,62}$/.test(name)) return;
  throw new UsageError(`--name: "${name}" is not a name.`, 'Use 2 to 63 letters, digits, dots, dashes and underscores, a letter or digit first.');
}
