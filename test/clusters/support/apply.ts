import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { kubectl } from '../../e2e/support/clusters';

/** As a user does, from a file. */
export async function apply(cluster: string, ...objects: object[]): Promise<void> {
  const directory = await mkdtemp(path.join(tmpdir(), 'apply-'));
  try {
    const file = path.join(directory, 'objects.json');
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
    await kubectl(cluster, 'apply', '--filename', file);
  } finally {
    await rm(directory, { recursive: true });
  }
}

interface Container {
  command: string[];
  [field: string]: unknown;
}

const image = 'docker.io/library/carryon-workload-redis:latest';

/** A Deployment as anybody would write it, with carryon's label. */
export const deployment = (name: string, container: Container, volumes: object[] = []) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name, 'carryon.io/migratable': 'true' } }, spec: { containers: [{ name: 'main', image, imagePullPolicy: 'IfNotPresent', ...container }], volumes, terminationGracePeriodSeconds: 5 } },
  },
});

/** Its port on the node. */
export const nodePort = (name: string, port: number, node: number) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { type: 'NodePort', selector: { app: name }, ports: [{ port, nodePort: node }] },
});
