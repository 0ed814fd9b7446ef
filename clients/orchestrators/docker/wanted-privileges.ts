import { outerPrivileges, type Privilege } from '../../../domain/outer-privileges';
import type { Privileges } from './privileges';

const names = (list: readonly Privilege[]) => list.map(({ name }) => name);

/** The set that outer containers need, in Docker's words. Docker's own default capabilities stay: the nested container gets exactly these. */
export function wantedPrivileges(): Privileges {
  const { capabilities, optionalCapabilities, securityOptions, devices, tmpfs, cgroupNamespace } = outerPrivileges;
  return {
    capAdd: [...names(capabilities), ...names(optionalCapabilities)],
    capDrop: [],
    securityOpt: names(securityOptions),
    devices: names(devices),
    tmpfs,
    cgroupns: cgroupNamespace,
  };
}
