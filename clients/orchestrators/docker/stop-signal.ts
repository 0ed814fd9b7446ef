import type { DockerContext } from './context';
import { asking, isMissing } from './failure';

/** What init forwards to the application; the daemon would wait in vain for the effect of any other. */
const forwarded: Record<string, number> = { HUP: 1, INT: 2, QUIT: 3, USR1: 10, USR2: 12, TERM: 15, WINCH: 28 };

/** An image may write `SIGQUIT`, `quit` or `3`. Undefined where the default is as good. */
export function forwardedSignal(written: string | undefined): string | undefined {
  const name = (written ?? '').toUpperCase().replace(/^SIG/, '');
  const known = Object.entries(forwarded).find(([signal, number]) => signal === name || String(number) === name);
  return known && `SIG${known[0]}`;
}

/** By which signal the image asks to be stopped, as far as the daemon has the image. */
export async function stopSignalOf({ docker, config }: DockerContext, image: string): Promise<string | undefined> {
  return asking(config.id, `look for the stop signal of ${image}`, async () => {
    try {
      const { Config } = (await docker.getImage(image).inspect()) as { Config?: { StopSignal?: string } | null };
      return forwardedSignal(Config?.StopSignal);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  });
}
