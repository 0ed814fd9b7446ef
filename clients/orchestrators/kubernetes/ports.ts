import type { UsedPort } from '../used-port';
import type { KubernetesClients } from './context';
import { asking } from './failure';
import { keys } from './names';

/** Node ports of the namespace's Services. Other ports cannot be taken: each Service has an address of its own. */
export async function nodePortsInUse({ core, config, namespace }: KubernetesClients): Promise<UsedPort[]> {
  const services = await asking(config.id, 'look for used ports', () => core.listNamespacedService({ namespace }));
  return services.items.flatMap(({ metadata, spec }) =>
    (spec?.ports ?? []).flatMap(({ nodePort, protocol }) =>
      nodePort === undefined ? [] : [{ port: nodePort, protocol: protocol === 'UDP' ? ('udp' as const) : ('tcp' as const), by: metadata?.labels?.[keys.service] ?? `Service ${metadata?.name}` }],
    ),
  );
}
