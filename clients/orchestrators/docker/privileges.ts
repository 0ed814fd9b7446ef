/** What the outer container asks of the daemon; from domain/outer-privileges.ts, as plain strings. */
export interface Privileges {
  capAdd: readonly string[];
  capDrop: readonly string[];
  securityOpt: readonly string[];
  devices: readonly string[];
  /** Mount point to options. */
  tmpfs: Readonly<Record<string, string>>;
  cgroupns: 'private' | 'host';
  sysctls?: Readonly<Record<string, string>>;
}

/** Capabilities that are better to have, without which less works: some daemons do not know or do not hold them. */
export const optionalCapabilities = ['SYS_RESOURCE', 'CHECKPOINT_RESTORE'] as const;
export type OptionalCapability = (typeof optionalCapabilities)[number];

/** The privileges less some capabilities. With `ALL` wanted, leaving one out means dropping it. */
export function without(wanted: Privileges, missing: readonly OptionalCapability[]): Privileges {
  const all = wanted.capAdd.includes('ALL');
  return {
    ...wanted,
    capAdd: wanted.capAdd.filter((capability) => !(missing as readonly string[]).includes(capability)),
    capDrop: [...wanted.capDrop, ...(all ? missing : [])],
  };
}

/**
 * What to leave out next after the daemon's refusal; undefined when the refusal has another reason. Daemons that know a capability by name
 * say its name; older ones say only that the kernel did not permit it, which on a host without it means SYS_RESOURCE.
 */
export function nextToLeaveOut(daemonWords: string, already: readonly OptionalCapability[]): OptionalCapability | undefined {
  const open = optionalCapabilities.filter((capability) => !already.includes(capability));
  const named = open.find((capability) => daemonWords.includes(capability));
  if (named) return named;
  const unnamed = /(apply|set|add|invalid|unknown|unsupported)[^:]*\bcap(s|abilit(y|ies))?\b|\bcaps?\b.*operation not permitted/i.test(daemonWords);
  return unnamed ? open[0] : undefined;
}
