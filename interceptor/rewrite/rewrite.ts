import type { V1Container, V1Pod, V1PodSpec } from '@kubernetes/client-node';
import { keys } from '../../clients/orchestrators/kubernetes/names';
import type { OuterSpec, RestartPolicy } from '../../domain/service';
import { amountOf, bytesOf } from './amount';
import { environmentOf } from './environment';
import { judge } from './judge';
import { mirrored } from './mounts';
import { ambassadorDirectory, ambassadorVolume, runPrefix, stateVolume } from './names';
import type { Offence } from './offence';
import { portsOf } from './ports';
import { programOf, type Program } from './program';
import { ambassadorResources } from './resources';
import { restored } from './restore';
import { sidecar } from './sidecar';
import { wrapped } from './wrapped';

export interface RewriteOptions {
  /** Id of the cluster in carryon's configuration. */
  cluster: string;
  /** Image of the runtime module. */
  image: string;
  /** UUID. */
  service: string;
  /** Of the service, for users. */
  name: string;
  /** The service is leaving or elsewhere: nothing starts in this pod by itself. */
  standIn?: boolean;
}

export type Rewriting = { pod: V1Pod } | { offences: Offence[] };

/**
 * The user's pod as carryon runs it: a native sidecar with the runtime module, and the user's container as ambassador of the application that runs in there.
 * Or every field that keeps it from that. Of one that was rewritten before, the same comes out. A pod without containers is left to the API server's own judgement.
 */
export function rewrite(given: V1Pod, options: RewriteOptions): Rewriting {
  const { pod, container } = restored(given);
  const { metadata, spec } = pod;
  const user = spec?.containers?.find(({ name }) => name === container) ?? spec?.containers?.[0];
  if (!spec || !user) return { pod };
  const offences = judge(pod, user);
  const program = programOf(pod, user, '');
  if (offences.length > 0 || Array.isArray(program)) return { offences };
  const { mounts, ...volumes } = mirrored(options.name, user.volumeMounts ?? [], spec.volumes ?? []);
  const outer = outerSpec(user, spec, volumes, options);
  return {
    pod: {
      ...pod,
      metadata: {
        ...metadata,
        labels: { ...metadata?.labels, [keys.cluster]: options.cluster, [keys.service]: options.service, [keys.role]: options.standIn ? 'stand-in' : 'outer' },
        annotations: { ...metadata?.annotations, [keys.spec]: JSON.stringify(outer), [keys.intercepted]: JSON.stringify({ container: user.name }) },
      },
      spec: {
        ...spec,
        initContainers: [...(spec.initContainers ?? []), sidecar(user, outer, mounts, options)],
        containers: [ambassador(user, program)],
        volumes: [...(spec.volumes ?? []), { name: stateVolume, emptyDir: {} }, { name: ambassadorVolume, emptyDir: {} }],
      },
    },
  };
}

/** Still the user's image, user, environment and files: the engine takes them from here. */
function ambassador(user: V1Container, { command, args }: Program): V1Container {
  const env = environmentOf(user);
  return {
    ...wrapped(user),
    command: [...runPrefix, ...command],
    ...(args && { args }),
    ...(env && { env }),
    resources: ambassadorResources(user.resources ?? {}),
    volumeMounts: [...(user.volumeMounts ?? []), { name: ambassadorVolume, mountPath: ambassadorDirectory, readOnly: true }],
  };
}

const restartPolicies: Record<string, RestartPolicy> = { Always: 'always', OnFailure: 'on-failure', Never: 'no' };

function outerSpec(user: V1Container, { restartPolicy = 'Always' }: V1PodSpec, volumes: Pick<OuterSpec, 'volumes' | 'localVolumes'>, { service, name }: RewriteOptions): OuterSpec {
  const { memory, cpu } = user.resources?.limits ?? {};
  return {
    id: service,
    name,
    image: user.image ?? '',
    ports: portsOf(user),
    ...volumes,
    ...(memory !== undefined && { memoryBytes: bytesOf(memory) }),
    ...(cpu !== undefined && { cpus: amountOf(cpu) }),
    restart: restartPolicies[restartPolicy] ?? 'always',
  };
}
