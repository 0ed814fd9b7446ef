import { readFile } from 'node:fs/promises';
import { outerPrivileges } from '../../../../domain/outer-privileges';

const sysResource = 24n;

/** `docker run` options for the privileges of an outer container on this machine. */
export async function outerRunArguments(): Promise<string[]> {
  const { capabilities, securityOptions, devices, tmpfs, cgroupNamespace } = outerPrivileges;
  const optional = (await mayHave(sysResource)) ? ['SYS_RESOURCE'] : [];
  return [
    '--cap-drop=ALL',
    ...[...capabilities.map(({ name }) => name), ...optional].map((name) => `--cap-add=${name}`),
    ...securityOptions.map(({ name }) => `--security-opt=${name}`),
    ...devices.map(({ name }) => `--device=${name}`),
    ...Object.entries(tmpfs).map(([path, options]) => `--tmpfs=${path}:${options}`),
    `--cgroupns=${cgroupNamespace}`,
  ];
}

async function mayHave(capability: bigint): Promise<boolean> {
  const bounding = /^CapBnd:\s*([0-9a-f]+)$/m.exec(await readFile('/proc/1/status', 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${bounding}`) >> capability) & 1n) === 1n;
}
