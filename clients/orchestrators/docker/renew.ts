import { expiryOf, renewalWindow } from '../../authority';
import { installCertificate, readTlsFile } from './certificate';
import type { DockerContext } from './context';
import { listOuter } from './list';

/** Signs anew where a certificate is missing, damaged or about to end; answers how many. One that fails does not keep the others from theirs. */
export async function renewCertificates(context: DockerContext): Promise<number> {
  const running = (await listOuter(context)).filter((outer) => outer.running);
  let renewed = 0;
  const failures: unknown[] = [];
  for (const outer of running) {
    try {
      if (await renewOne(context, outer.id, outer.service.id)) renewed += 1;
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return renewed;
}

async function renewOne(context: DockerContext, containerId: string, service: string): Promise<boolean> {
  const container = context.docker.getContainer(containerId);
  const expires = expiryOf((await readTlsFile(context, container, 'cert.pem')) ?? '');
  if (expires && expires.getTime() - Date.now() > renewalWindow) return false;
  const request = await readTlsFile(context, container, 'csr.pem');
  if (!request) return false;
  await installCertificate(context, container, service, request);
  return true;
}
