import type { V1Container, V1Pod, V1PodSecurityContext, V1SecurityContext } from '@kubernetes/client-node';
import { applicationCapabilities } from '../../domain/outer-privileges';
import { check, type Check, type Offence } from './offence';

/** Those that a pod and a container both have. */
const shared: Check<V1PodSecurityContext | V1SecurityContext>[] = [
  ['seLinuxOptions', ({ seLinuxOptions }) => seLinuxOptions, 'labels of SELinux do not move: leave this out'],
  ['windowsOptions', ({ windowsOptions }) => windowsOptions, 'only Linux can be moved'],
  ['seccompProfile', ({ seccompProfile }) => seccompProfile?.type === 'Localhost', "a profile of the node's own does not move: use RuntimeDefault, or leave this out; the application runs under carryon's, which is much like it"],
  ['seccompProfile', ({ seccompProfile }) => seccompProfile?.type === 'Unconfined', "the application runs under carryon's profile, which is much like RuntimeDefault: leave this out if it can do with that"],
  ['appArmorProfile', ({ appArmorProfile }) => appArmorProfile?.type === 'Localhost', "a profile of the node's own does not move: leave this out"],
];

const podChecks: Check<V1PodSecurityContext>[] = [...shared, ['sysctls', ({ sysctls }) => sysctls?.length, "kernel settings are not carried into the application's own network: leave this out"]];

const containerChecks: Check<V1SecurityContext>[] = [
  ...shared,
  ['privileged', ({ privileged }) => privileged, 'what a privileged container reaches on its node does not move: leave this out, and add the capabilities that are needed'],
  ['procMount', ({ procMount }) => procMount && procMount !== 'Default', 'the application has the default masks of /proc: leave this out'],
];

/** Rights beyond those of an ordinary container; less is kept. */
export function judgeSecurity({ metadata, spec }: V1Pod, { name, securityContext = {} }: V1Container, at: string): Offence[] {
  const appArmor = `container.apparmor.security.beta.kubernetes.io/${name}`;
  return [
    ...check('spec.securityContext', spec?.securityContext ?? {}, podChecks),
    ...check(`${at}.securityContext`, securityContext, containerChecks),
    ...(securityContext.capabilities?.add ?? []).flatMap((capability, index) =>
      applicationCapabilities.includes(capability.replace(/^CAP_/, ''))
        ? []
        : [{ path: `${at}.securityContext.capabilities.add[${index}]`, reason: `${capability} reaches what does not move, or is not to be had: only ${applicationCapabilities.join(', ')} can be added` }],
    ),
    ...(metadata?.annotations?.[appArmor]?.startsWith('localhost/') ? [{ path: `metadata.annotations[${appArmor}]`, reason: "a profile of the node's own does not move: leave this out" }] : []),
  ];
}
