import { readFileSync } from 'node:fs';
import { clusterConfig, findConfig, parseConfig, type Config } from '../clients/config';
import { createOrchestrator } from '../clients/orchestrators';
import type { Orchestrator } from '../domain/orchestrator';
import type { Io } from './io';

/** What a command works with, made from its common options. */
export interface App {
  io: Io;
  json: boolean;
  /** Path of the configuration in use. */
  configFile: string;
  config: Config;
  orchestrator(cluster: string): Orchestrator;
  /** All clusters, or the named one. */
  orchestrators(cluster?: string): Orchestrator[];
}

export interface CommonOptions {
  config?: string;
  json?: boolean;
}

export function openApp(io: Io, options: CommonOptions): App {
  const configFile = findConfig({ explicit: options.config ?? io.env.CARRYON_CONFIG, directory: io.directory });
  const config = parseConfig(readFileSync(configFile, 'utf8'), configFile);
  const orchestrator = (cluster: string) => createOrchestrator(clusterConfig(config, cluster), { stateDir: config.stateDir });
  return {
    io,
    json: options.json === true,
    configFile,
    config,
    orchestrator,
    orchestrators: (cluster) => (cluster === undefined ? config.clusters.map(({ id }) => id) : [cluster]).map(orchestrator),
  };
}
