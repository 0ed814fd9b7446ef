import type { V1Container, V1PodSpec, V1PodTemplateSpec } from '@kubernetes/client-node';
import { RefusedError } from '../../../../domain/errors';
import { applicationCapabilities } from '../../../../domain/outer-privileges';
import { keys } from '../names';
import type { Manifests } from './manifests';

/** The namespace lets outer containers have what no other pod should. The interceptor judges the container that moves; nobody else looks at the rest of what another cluster sends. */
export function refuseHarm(cluster: string, { kind, metadata, spec }: Manifests): void {
  const template = (spec['template'] ?? {}) as V1PodTemplateSpec;
  const harm = [...(template.metadata?.labels?.[keys.migratable] === 'true' ? [] : [`metadata.labels: ${keys.migratable} is not there`]), ...ofPod(template.spec)];
  if (harm.length === 0) return;
  throw new RefusedError('deployment-privileged', `The ${kind} ${metadata.name} asks for more than cluster ${cluster} gives to what comes from elsewhere: ${harm.join('; ')}.`, {
    cluster,
    next: "Deploy it there by hand, or have services arrive as objects of carryon's own: `arriveAs: own` in carryon.yaml.",
  });
}

function ofPod(spec: V1PodSpec | undefined): string[] {
  const onNode = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => spec?.[field] === true);
  const paths = (spec?.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => `volumes ${name}: hostPath`);
  const unconfined = isUnconfined(spec?.securityContext) ? ['securityContext'] : [];
  return [...onNode, ...paths, ...unconfined, ...[...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].flatMap(ofContainer)].map((field) => `spec.${field}`);
}

function ofContainer({ name, securityContext, ports }: V1Container): string[] {
  const { privileged, capabilities, procMount } = securityContext ?? {};
  const more = (capabilities?.add ?? []).filter((one) => !applicationCapabilities.includes(one.replace(/^CAP_/, '')));
  return [
    ...(privileged ? ['privileged'] : []),
    ...(more.length > 0 ? [`capabilities ${more.join(', ')}`] : []),
    ...(procMount && procMount !== 'Default' ? ['procMount'] : []),
    ...(isUnconfined(securityContext) ? ['securityContext'] : []),
    ...((ports ?? []).some(({ hostPort }) => hostPort) ? ['hostPort'] : []),
  ].map((field) => `containers ${name}: ${field}`);
}

/** Profiles that the node itself has, or none. */
const isUnconfined = (context: { seccompProfile?: { type: string }; appArmorProfile?: { type: string }; seLinuxOptions?: object; windowsOptions?: object } | undefined) =>
  [context?.seccompProfile?.type, context?.appArmorProfile?.type].some((type) => type === 'Unconfined' || type === 'Localhost') || context?.seLinuxOptions !== undefined || context?.windowsOptions !== undefined;
