import { readFileSync } from 'node:fs';
import Docker from 'dockerode';
import { ConfigError, type DockerCluster } from '../../config';

/** A client of the cluster's daemon. Nothing is sent yet. */
export function connectDocker(cluster: DockerCluster): Docker {
  const { host, tls } = cluster.docker;
  if (host.startsWith('unix://')) return new Docker({ socketPath: host.slice('unix://'.length) });
  const { hostname, port } = new URL(host);
  if (!tls) return new Docker({ protocol: 'http', host: hostname, port: Number(port) });
  return new Docker({ protocol: 'https', host: hostname, port: Number(port), ca: pem(tls.ca), cert: pem(tls.cert), key: pem(tls.key) });
}

function pem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError('tls-file-unreadable', `Cannot read the TLS file ${file}: ${(error as Error).message}.`, 'Correct `docker.tls` in carryon.yaml.');
  }
}
