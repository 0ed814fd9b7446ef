import { parseProbe, probeScript, type HostProbe } from '../host-probe';
import type { DockerContext } from './context';
import { runtimeImageMissing } from './create';
import { asking, isMissing } from './failure';

/** A container of the runtime image that lives for a moment: the daemon's own answers know neither the processor nor the host's sockets. */
export async function probeHost(context: DockerContext): Promise<HostProbe> {
  const { docker, config, image } = context;
  const output = await asking(config.id, 'probe the host', async () => {
    try {
      const container = await docker.createContainer({
        Image: image,
        Entrypoint: ['/bin/sh', '-c', probeScript],
        Tty: true,
        HostConfig: {
          NetworkMode: 'host',
          CapDrop: ['ALL'],
          Mounts: [{ Type: 'volume', Source: 'carryon-images', Target: '/var/lib/carryon-images', ReadOnly: true }],
        },
      });
      try {
        await container.start();
        await container.wait();
        return (await container.logs({ stdout: true, follow: false })).toString('utf8');
      } finally {
        await container.remove({ force: true });
      }
    } catch (error) {
      throw isMissing(error) ? runtimeImageMissing(image, config.id) : error;
    }
  });
  return parseProbe(output, config.id);
}
