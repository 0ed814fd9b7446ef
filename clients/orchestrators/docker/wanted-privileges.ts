import type { Privileges } from './privileges';

export function wantedPrivileges(): Privileges {
  return {
    capAdd: ['ALL'],
    capDrop: [],
    securityOpt: ['seccomp=unconfined', 'apparmor=unconfined', 'systempaths=unconfined'],
    devices: ['/dev/net/tun'],
    tmpfs: { '/run': 'exec' },
    cgroupns: 'private',
  };
}
