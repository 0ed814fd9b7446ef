import { expiryOf, renewalWindow } from '../../authority';
import { certificateArchive } from '../archive';
import type { KubernetesContext } from './context';
import { execInPod } from './exec';
import { listFound } from './list';
import { isStarted } from './pod-state';

const directory = '/var/lib/carryon/tls';
const requestSeconds = 60;

/** Waits for the engine's certificate request, signs it and puts the certificate beside it. */
export async function certify(context: KubernetesContext, pod: string, service: string): Promise<void> {
  const wait = `for i in $(seq ${requestSeconds * 10}); do grep -qs -- -----END ${directory}/csr.pem && exec cat ${directory}/csr.pem; sleep 0.1; done; echo "the engine made no certificate request within ${requestSeconds} s" >&2; exit 1`;
  await install(context, pod, service, await execInPod(context, pod, ['sh', '-c', wait]));
}

async function install(context: KubernetesContext, pod: string, service: string, request: string): Promise<void> {
  const authority = await context.authority();
  const archive = await certificateArchive({ cert: await authority.signEngine(request, service), ca: authority.certificate });
  await execInPod(context, pod, ['tar', '-x', '-C', directory], archive);
}

/** Signs anew where a certificate is missing, damaged or about to end; answers how many. One that fails does not keep the others from theirs. */
export async function renewCertificates(context: KubernetesContext): Promise<number> {
  let renewed = 0;
  const failures: unknown[] = [];
  for (const { outer, pod } of await listFound(context)) {
    if (!pod || !isStarted(pod)) continue;
    try {
      if (await renewOne(context, pod.metadata?.name ?? '', outer.service.id)) renewed += 1;
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return renewed;
}

async function renewOne(context: KubernetesContext, pod: string, service: string): Promise<boolean> {
  const read = (name: string) => execInPod(context, pod, ['sh', '-c', `cat ${directory}/${name} 2>/dev/null || true`]);
  const expires = expiryOf(await read('cert.pem'));
  if (expires && expires.getTime() - Date.now() > renewalWindow) return false;
  const request = await read('csr.pem');
  if (!request.includes('-----END')) return false;
  await install(context, pod, service, request);
  return true;
}
