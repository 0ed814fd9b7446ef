import { join } from 'node:path';
import { execa } from 'execa';

const script = join(__dirname, '../../../scripts/mutated-driver.sh');

/** Directory with a driver that CARRYON_MUTATION takes a rule from; without one it is the honest driver. */
export const mutatedDriver = join(__dirname, '../../../.carryon/cache/mutated-driver');

export async function buildMutatedDriver(): Promise<void> {
  await execa(script, [mutatedDriver]);
}
