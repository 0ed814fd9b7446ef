import path from 'node:path';
import { docker } from './clusters';

/** The root directory of an outer container, as this machine sees it; undefined when there is none. */
export async function rootOf(cluster: string, service: string): Promise<string | undefined> {
  const container = (await docker(cluster, 'ps', '-q', '--filter', `name=^${service}$`)).trim();
  return container === '' ? undefined : path.join('/proc', await docker(cluster, 'inspect', '--format', '{{.State.Pid}}', container), 'root');
}
