import type { OuterContainer } from '../../domain/orchestrator';
import type { OuterSpec } from '../../domain/service';

/** By UUID or name. A UUID wins; of several with a name, the one that runs. */
export function outerBy(all: OuterContainer[], service: string): OuterContainer | undefined {
  const byName = all.filter((outer) => outer.service.name === service);
  return all.find((outer) => outer.service.id === service) ?? byName.find((outer) => outer.running) ?? byName[0];
}

/** As an orchestrator keeps it with an outer container; undefined when it is not ours or was changed. */
export function readSpec(text: string | undefined): OuterSpec | undefined {
  try {
    return text ? (JSON.parse(text) as OuterSpec) : undefined;
  } catch {
    return undefined;
  }
}
