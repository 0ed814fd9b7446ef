import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Docker from 'dockerode';
import { parseConfig } from '../../../clients/config';
import { createOrchestrator } from '../../../clients/orchestrators';
import type { Orchestrator } from '../../../domain/orchestrator';
import { firstPort } from '../worker';

/** A cluster of its own on the daemon of this machine: own id, own names, own ports. */
export interface TestCluster {
  id: string;
  directory: string;
  configFile: string;
  docker: Docker;
  orchestrator: Orchestrator;
  /** Removes every container and volume with this cluster's label. */
  clean(): Promise<void>;
}

export const engineRange = { first: firstPort, last: firstPort + 59 };

export function testCluster(overrides: { runtimeImage?: string; host?: string } = {}): TestCluster {
  const id = `cf-${randomBytes(3).toString('hex')}`;
  const directory = mkdtempSync(path.join(tmpdir(), `${id}-`));
  const configFile = path.join(directory, 'carryon.yaml');
  const text = [
    'stateDir: state',
    'clusters:',
    `  - id: ${id}`,
    `    docker: {host: ${overrides.host ?? 'unix:///var/run/docker.sock'}}`,
    '    reach: {host: 127.0.0.1}',
    `    ports: {engine: ${engineRange.first}-${engineRange.last}}`,
    ...(overrides.runtimeImage ? [`    runtimeImage: ${overrides.runtimeImage}`] : []),
  ].join('\n');
  writeFileSync(configFile, text);
  const config = parseConfig(text, configFile);
  const [cluster] = config.clusters;
  if (!cluster) throw new Error('no cluster');
  const docker = new Docker({ socketPath: '/var/run/docker.sock' });
  const filters = { label: [`io.carryon.cluster=${id}`] };
  return {
    id,
    directory,
    configFile,
    docker,
    orchestrator: createOrchestrator(cluster, { stateDir: config.stateDir }),
    async clean() {
      for (const { Id } of await docker.listContainers({ all: true, filters })) await docker.getContainer(Id).remove({ force: true });
      for (const { Name } of (await docker.listVolumes({ filters })).Volumes ?? []) await docker.getVolume(Name).remove();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
