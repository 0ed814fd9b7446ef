import { outerPrivileges, type Privilege } from '../../../domain/outer-privileges';
import type { Privileges } from './privileges';

const names = (list: readonly Privilege[]) => list.map(({ name }) => name);

/** The set that outer containers need, in Docker's words: nothing else is left of what Docker gives by itself. */
export function wantedPrivileges(): Privileges {
  const { capabilities, optionalCapabilities, securityOptions, devices, tmpfs, cgroupNamespace } = outerPrivileges;
  return {
    capAdd: [...names(capabilities), ...names(optionalCapabilities)],
    capDrop: ['ALL'],
    securityOpt: names(securityOptions),
    devices: names(devices),
    tmpfs,
    cgroupns: cgroupNamespace,
  };
}
