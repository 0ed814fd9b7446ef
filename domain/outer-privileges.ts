/** What the outer container needs from its container engine, each with the reason; docs/adr/0003-outer-container-privileges.md says how it was found. */
export interface Privilege {
  name: string;
  reason: string;
}

export interface OuterPrivileges {
  /** All other capabilities are dropped. */
  capabilities: Privilege[];
  /** Added where the host grants it: what is better with it. */
  optionalCapabilities: Privilege[];
  securityOptions: Privilege[];
  devices: Privilege[];
  /** Mount point and options. */
  tmpfs: Record<string, string>;
  cgroupNamespace: 'private';
}

/** What an ordinary container's process may have: Docker's default capabilities. The sandbox can give only what the outer container holds. */
export const applicationCapabilities = ['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'NET_RAW', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'];

export const outerPrivileges: OuterPrivileges = {
  capabilities: [
    { name: 'SYS_ADMIN', reason: 'namespaces, mounts and cgroups of the sandbox; CRIU reads and sets seccomp filters' },
    { name: 'NET_ADMIN', reason: 'nested network, tunnel, relay and fence; TCP repair mode' },
    { name: 'SYS_PTRACE', reason: 'entering the namespaces of a process with other capabilities; CRIU stops and reads it; userfaultfd for lazy pages' },
    { name: 'IPC_OWNER', reason: "dumping System V shared memory that belongs to the application's own user, as PostgreSQL's" },
    ...applicationCapabilities.map((name) => ({ name, reason: "one of Docker's default capabilities, which the application has" })),
    { name: 'SYS_TIME', reason: 'clock offsets of the sandbox: monotonic time never goes back after a move' },
  ],
  optionalCapabilities: [
    { name: 'SYS_RESOURCE', reason: 'restores resource limits above those of the outer container' },
    { name: 'CHECKPOINT_RESTORE', reason: 'the narrower right for chosen PIDs; SYS_ADMIN includes it' },
  ],
  securityOptions: [
    { name: 'seccomp=unconfined', reason: 'the kernel lets only a process without a filter suspend the filters of others, which a dump needs' },
    { name: 'apparmor=unconfined', reason: "Docker's profile forbids mount" },
  ],
  devices: [{ name: '/dev/net/tun', reason: 'holds packets in the handoff; WireGuard where the kernel has none' }],
  /** Sockets, the bundle with the service's environment, CRIU's small files: never on a disk, and CRIU's cache of kernel features asks for a tmpfs. */
  tmpfs: { '/run': 'mode=755' },
  /** On cgroup v2 the engine hands controllers down from the root that it sees. */
  cgroupNamespace: 'private',
};
