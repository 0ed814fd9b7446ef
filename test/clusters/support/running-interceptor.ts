import { execa, type ExecaChildProcess } from 'execa';
import path from 'node:path';
import { eventually } from '../../e2e/support/await';
import { kubectl, repository } from '../../e2e/support/clusters';
import { freePort } from '../../integration/free-port';
import { thisMachine as here } from './interceptor';
import { clusterSystem } from './settings';

export interface RunningInterceptor {
  /** With its registration. */
  stop: () => Promise<void>;
  /** API servers go on asking it. */
  kill: () => Promise<void>;
}

/** `carryon interceptor` beside the cluster, as a process of this machine; resolves when the API server asks it. */
export async function startInterceptor(cluster: string, configuration = path.join(clusterSystem.directory, 'carryon.yaml')): Promise<RunningInterceptor> {
  const port = await freePort(here);
  const process_: ExecaChildProcess = execa(
    process.execPath,
    [path.join(repository, 'bin/carryon.js'), 'interceptor', '--config', configuration, '--cluster', cluster, '--host', here, '--port', String(port), '--url', `https://${here}:${port}`],
    { reject: false, stdout: 'ignore', stderr: 'inherit' },
  );
  const probe = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'probe', labels: { 'carryon.io/migratable': 'true' } }, spec: { containers: [{ name: 'probe', image: 'probe', command: ['true'] }] } };
  await eventually('the interceptor', async () => {
    const answer = await execa('sh', ['-c', `echo '${JSON.stringify(probe)}' | "$@"`, 'sh', ...kubectlCommand(cluster), 'create', '--dry-run=server', '--filename', '-', '--output', 'jsonpath={.metadata.labels.carryon\\.io/role}'], { reject: false });
    return answer.stdout === 'outer';
  }, 60_000);
  const kill = async () => {
    process_.kill('SIGTERM');
    await process_;
  };
  return {
    kill,
    stop: async () => {
      await kill();
      await kubectl(cluster, 'delete', 'mutatingwebhookconfiguration', `carryon-interceptor-${cluster}`, '--ignore-not-found');
    },
  };
}

const kubectlCommand = (cluster: string) => [path.join(repository, '.carryon/cache/kubernetes/bin/kubectl'), '--kubeconfig', path.join(process.env.CARRYON_CLUSTERS ?? '/var/lib/carryon-clusters', cluster, 'kubernetes/pki/admin.conf')];
