import { expect } from '@jest/globals';
import type { Carryon } from './carryon';
import { eventually } from './await';

/** Exactly one cluster owns the service, and nothing is under way any more; resolves to that cluster. */
export async function expectOneCopy(carryon: Carryon, name: string): Promise<string> {
  const owner = await eventually(`one running copy of ${name}, at rest`, async () => {
    const sightings = await carryon.sightings(name);
    const resting = sightings.every(({ journal }) => journal !== undefined && atRest.has(journal));
    const owners = sightings.filter(({ journal }) => journal === 'running');
    expect(owners.length).toBeLessThanOrEqual(1);
    return resting && owners[0];
  }, 60_000);
  return owner.cluster;
}

const atRest = new Set(['running', 'relaying', 'retired', 'discarded', 'absent']);
