import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import type { CutoverHook } from '../domain/cutover';
import { configSchema, type ClusterConfig, type Config } from './config/schema';
import { ConfigError, explainIssue } from './config/errors';

export { ConfigError } from './config/errors';
export type { ClusterConfig, Config, DockerCluster, KubernetesCluster, TemporalConfig } from './config/schema';

export const configFileName = 'carryon.yaml';

export interface SearchPlaces {
  /** Named by the user: `--config` or $CARRYON_CONFIG. Nothing else is looked at. */
  explicit?: string;
  /** Where the search begins; it goes up to the root. */
  directory: string;
}

/** Path of the configuration, or an error that says how to get one. */
export function findConfig({ explicit, directory }: SearchPlaces): string {
  if (explicit) {
    const named = path.resolve(directory, explicit);
    if (existsSync(named)) return named;
    throw new ConfigError('config-not-found', `There is no configuration file ${named}.`, 'Name an existing file, or write one with `carryon init`.');
  }
  for (let at = path.resolve(directory); ; at = path.dirname(at)) {
    const candidate = path.join(at, configFileName);
    if (existsSync(candidate)) return candidate;
    if (at === path.dirname(at)) break;
  }
  throw new ConfigError(
    'config-not-found',
    `There is no ${configFileName} in ${path.resolve(directory)} or above it.`,
    'Write one with `carryon init`, or name one with --config or CARRYON_CONFIG.',
  );
}

/** Reads and checks a configuration. Relative paths in it count from its own directory. */
export function loadConfig(file?: string): Config {
  const found = findConfig({ explicit: file, directory: process.cwd() });
  return parseConfig(readFileSync(found, 'utf8'), found);
}

export function parseConfig(text: string, file: string): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const broken = document.errors[0];
  if (broken) {
    const { line, col } = lines.linePos(broken.pos[0]);
    throw new ConfigError('config-syntax', `${file}:${line}:${col}: not valid YAML: ${broken.message}`, 'Correct this line; YAML is indented with spaces.');
  }
  const parsed = configSchema.safeParse(document.toJS() ?? {});
  if (!parsed.success) throw explainIssue(parsed.error.issues, document, lines, file);
  return anchor(parsed.data, path.dirname(path.resolve(file)));
}

/** The configured cluster, or an error that names those there are. */
export function clusterConfig(config: Config, id: string): ClusterConfig {
  const cluster = config.clusters.find((candidate) => candidate.id === id);
  if (cluster) return cluster;
  if (config.remoteClusters.includes(id)) {
    throw new ConfigError('remote-cluster', `Cluster "${id}" is coordinated at another site (remoteClusters in the configuration).`, 'Give this command there.');
  }
  const known = config.clusters.map((candidate) => candidate.id).join(', ');
  throw new ConfigError('unknown-cluster', `There is no cluster "${id}" in the configuration.`, `Clusters: ${known}.`);
}

function anchor(config: Config, directory: string): Config {
  const absolute = (file: string) => path.resolve(directory, file);
  const absoluteFiles = <T extends { ca?: string; cert?: string; key?: string }>(tls: T): T => ({
    ...tls,
    ...(tls.ca && { ca: absolute(tls.ca) }),
    ...(tls.cert && { cert: absolute(tls.cert) }),
    ...(tls.key && { key: absolute(tls.key) }),
  });
  const absoluteHook = (hook: CutoverHook): CutoverHook =>
    'http' in hook && hook.http.headersFrom ? { ...hook, http: { ...hook.http, headersFrom: absolute(hook.http.headersFrom) } } : hook;
  return {
    ...config,
    stateDir: absolute(config.stateDir),
    temporal: { ...config.temporal, ...(config.temporal.tls && { tls: absoluteFiles(config.temporal.tls) }) },
    clusters: config.clusters.map((given) => {
      const cluster = { ...given, ...(given.hooks && { hooks: { cutover: given.hooks.cutover.map(absoluteHook) } }) };
      if (!cluster.docker) return { ...cluster, kubernetes: { ...cluster.kubernetes, ...(cluster.kubernetes.kubeconfig && { kubeconfig: absolute(cluster.kubernetes.kubeconfig) }) } };
      return { ...cluster, docker: { ...cluster.docker, ...(cluster.docker.tls && { tls: absoluteFiles(cluster.docker.tls) }) } };
    }),
  };
}
