import type { ServiceSpec } from '../../domain/service';
import { readIfThere } from '../read-file';
import { writeDurably } from '../write-file';

/** service.json holds the service's environment, secrets included: 0600, and never logged. */
export const saveSpec = (path: string, spec: ServiceSpec) => writeDurably(path, `${JSON.stringify(spec, null, 2)}\n`);

export async function loadSpec(path: string): Promise<ServiceSpec | undefined> {
  const text = await readIfThere(path);
  return text === undefined ? undefined : (JSON.parse(text) as ServiceSpec);
}
