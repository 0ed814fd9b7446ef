import { setTimeout as pause } from 'node:timers/promises';
import type Docker from 'dockerode';
import { MigrationFailedError } from '../../../domain/errors';
import { certificateArchive, firstFile } from '../archive';
import type { DockerContext } from './context';
import { asking, isMissing } from './failure';
import { refuseEnded } from './ended';

const directory = '/var/lib/carryon/tls';
const requestTimeoutMs = 60_000;
const pollMs = 150;

/** Waits for the engine's certificate request, signs it and puts the certificate beside it. */
export async function certify(context: DockerContext, containerId: string, service: string): Promise<void> {
  const container = context.docker.getContainer(containerId);
  await installCertificate(context, container, service, await awaitRequest(context, container));
}

export async function installCertificate(context: DockerContext, container: Docker.Container, service: string, request: string): Promise<void> {
  const authority = await context.authority();
  const archive = await certificateArchive({ cert: await authority.signEngine(request, service), ca: authority.certificate });
  await asking(context.config.id, 'put the certificate', () => container.putArchive(archive, { path: directory }));
}

/** Reads a file of the TLS directory; undefined while it is not there. */
export async function readTlsFile({ config }: DockerContext, container: Docker.Container, name: string): Promise<string | undefined> {
  return asking(config.id, `read ${name}`, async () => {
    try {
      return await firstFile(await container.getArchive({ path: `${directory}/${name}` }));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  });
}

async function awaitRequest(context: DockerContext, container: Docker.Container): Promise<string> {
  const deadline = performance.now() + requestTimeoutMs;
  for (;;) {
    const request = await readTlsFile(context, container, 'csr.pem');
    if (request?.includes('-----END')) return request;
    await refuseEnded(context, container);
    if (performance.now() > deadline) {
      throw new MigrationFailedError('engine-silent', `The engine on cluster ${context.config.id} made no certificate request within ${requestTimeoutMs / 1000} s.`, {
        cluster: context.config.id,
        next: `See \`docker logs\` of container ${container.id.slice(0, 12)} and /var/lib/carryon/log/engine.log in it.`,
      });
    }
    await pause(pollMs);
  }
}
