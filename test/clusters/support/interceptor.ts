import { readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { KubeConfig, type V1Pod } from '@kubernetes/client-node';
import { execa } from 'execa';
import { parse, stringify } from 'yaml';
import { parseConfig, type KubernetesCluster } from '../../../clients/config';
import { addressOf, kubeconfigOf, kubectl, repository } from '../../e2e/support/clusters';

/** This machine, as the clusters' API servers reach it. */
export const thisMachine = '10.77.0.1';

export const administrator = (cluster: string) => {
  const kubeconfig = new KubeConfig();
  kubeconfig.loadFromFile(kubeconfigOf(cluster));
  return kubeconfig;
};

/** What deploy/kubernetes/interceptor.yaml says, for this cluster and its namespaces. */
export async function manifests(cluster: string, services: string, own: string): Promise<string> {
  const text = await readFile(path.join(repository, 'deploy/kubernetes/interceptor.yaml'), 'utf8');
  return text.replaceAll('namespace: services', `namespace: ${services}`).replaceAll('namespace: carryon', `namespace: ${own}`).replaceAll('interceptor-cloud', `interceptor-${cluster}`).replaceAll('id: cloud', `id: ${cluster}`);
}

/** Runs kubectl with something to read; a failure is a result like any other. */
export async function apply(cluster: string, object: unknown, ...args: string[]): Promise<{ failed: boolean; stderr: string }> {
  const { failed, stderr } = await execa(path.join(repository, '.carryon/cache/kubernetes/bin/kubectl'), ['--kubeconfig', kubeconfigOf(cluster), 'apply', '--filename', '-', ...args], {
    input: typeof object === 'string' ? object : JSON.stringify(object),
    reject: false,
  });
  return { failed, stderr };
}

/** A configuration whose kubeconfig has the rights of a ServiceAccount; returns its path too. */
export async function configurationOf(directory: string, cluster: string, services: string, own: string): Promise<{ file: string; config: KubernetesCluster }> {
  const kubeconfig = parse(await readFile(kubeconfigOf(cluster), 'utf8')) as { users: { user: unknown }[] };
  const token = await kubectl(cluster, '--namespace', own, 'create', 'token', 'carryon-interceptor');
  for (const user of kubeconfig.users) user.user = { token };
  await writeFile(path.join(directory, 'kubeconfig'), stringify(kubeconfig), { mode: 0o600 });
  const file = path.join(directory, 'carryon.yaml');
  const text = stringify({ clusters: [{ id: cluster, reach: { host: addressOf(cluster) }, kubernetes: { kubeconfig: 'kubeconfig', namespace: services } }] });
  await writeFile(file, text);
  const config = parseConfig(text, file).clusters[0];
  if (!config?.kubernetes) throw new Error('no cluster');
  return { file, config };
}

/** Leads connections to ports of this machine, by turns, as a Service does. */
export function byTurns(ports: () => number[]): Promise<{ port: number; stop: () => void }> {
  let turn = 0;
  const open = new Set<net.Socket>();
  const server = net.createServer((incoming) => {
    const all = ports();
    const outgoing = net.connect(all[turn++ % all.length] ?? 0, '127.0.0.1');
    for (const [one, other] of [[incoming, outgoing], [outgoing, incoming]] as const) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy()).on('close', () => open.delete(one));
    }
  });
  return new Promise((resolve) => {
    server.listen(0, '0.0.0.0', () =>
      resolve({
        port: (server.address() as net.AddressInfo).port,
        stop: () => {
          server.close();
          for (const socket of open) socket.destroy();
        },
      }),
    );
  });
}

/** Runs nowhere: what is looked at is the object. */
export const nowhere = { nodeSelector: { 'carryon.test/nowhere': 'true' } };

export const template = (app: string, container: Record<string, unknown> = {}, metadata: Record<string, unknown> = {}) => ({
  metadata: { labels: { app, 'carryon.io/migratable': 'true' }, ...metadata },
  spec: { ...nowhere, containers: [{ name: 'app', image: 'example.org/web:1', command: ['/web'], ports: [{ containerPort: 8080 }], ...container }] },
});

/** What is wrong about a pod that has been rewritten, once or more often; nothing as a rule. */
export function faultsOf({ metadata, spec }: V1Pod, role: 'outer' | 'stand-in' = 'outer'): string[] {
  const sidecars = spec?.initContainers?.filter(({ name }) => name === 'carryon') ?? [];
  const [sidecar] = sidecars;
  const [user] = spec?.containers ?? [];
  const outer = JSON.parse(metadata?.annotations?.['carryon.io/spec'] ?? '{}') as { id?: string };
  const value = (variable: string) => sidecar?.env?.find(({ name }) => name === variable)?.value;
  const count = (names: string[] | undefined, wanted: string) => names?.filter((name) => name === wanted).length;
  const checks: [string, boolean][] = [
    ['one sidecar, restarted always', sidecars.length === 1 && sidecar?.restartPolicy === 'Always'],
    ['one container of the user', spec?.containers.length === 1],
    ['one identity everywhere', outer.id !== undefined && [metadata?.labels?.['carryon.io/service'], value('CARRYON_SERVICE')].every((id) => id === outer.id) && value('CARRYON_SPEC') === metadata?.annotations?.['carryon.io/spec']],
    ['role', metadata?.labels?.['carryon.io/role'] === role],
    ['one prefix of the command', user?.command?.join(' ').startsWith('/.carryon/ambassador run -- ') === true && count(user.command, '--') === 1],
    ['volumes once', ['carryon-state', 'carryon-ambassador'].every((name) => count(spec?.volumes?.map((volume) => volume.name), name) === 1)],
    ['the ambassador mounted once', count(user?.volumeMounts?.map(({ mountPath }) => mountPath), '/.carryon') === 1],
    ["the account's token for the application", user?.volumeMounts?.some(({ mountPath }) => mountPath === '/var/run/secrets/kubernetes.io/serviceaccount') === true && sidecar?.volumeMounts?.some(({ mountPath }) => /^\/local-volumes\/.*-kube-api-access-/.test(mountPath)) === true],
    ['no token for the sidecar itself', sidecar?.volumeMounts?.some(({ mountPath }) => mountPath === '/var/run/secrets/kubernetes.io/serviceaccount') === false],
  ];
  return checks.filter(([, holds]) => !holds).map(([what]) => what);
}
