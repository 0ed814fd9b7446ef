import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

const script = join(__dirname, '../../scripts/images.sh');
const lock = join(tmpdir(), 'carryon-test-images.lock');

/** The runtime image with this engine. Test files that run beside each other want the same one: the first builds it, the others wait. */
export async function buildImage(tag: string, engine: string): Promise<void> {
  await execa('flock', [lock, script, '--tag', tag, '--engine', engine]);
}
