import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServiceSpec } from '../../domain/service';
import { readIfThere } from '../read-file';
import { hostname } from './process';

/** The files of name resolution: the same in every cluster but for the name servers, which are the cluster's own. */
export async function writeEtcFiles(directory: string, spec: ServiceSpec): Promise<void> {
  await mkdir(directory, { recursive: true });
  const files = {
    hostname: `${hostname(spec)}\n`,
    hosts: hosts(spec),
    'resolv.conf': resolvConf((await readIfThere('/etc/resolv.conf')) ?? ''),
  };
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(directory, name), text, { mode: 0o644 })));
}

export const hosts = (spec: ServiceSpec) =>
  ['127.0.0.1\tlocalhost', '::1\tlocalhost ip6-localhost ip6-loopback', 'fe00::\tip6-localnet', 'ff00::\tip6-mcastprefix', 'ff02::1\tip6-allnodes', 'ff02::2\tip6-allrouters', `${spec.address}\t${hostname(spec)}`, ''].join('\n');

/**
 * The outer container's, without name servers on its loopback, which the application's own loopback hides. Docker's embedded
 * one names those behind it in a comment.
 */
export function resolvConf(outer: string): string {
  const lines = outer.split('\n').filter((line) => line && !/^\s*[#;]/.test(line) && !/^\s*nameserver\s+(127\.|::1)/.test(line));
  if (lines.some((line) => /^\s*nameserver/.test(line))) return `${lines.join('\n')}\n`;
  const external = /^# ExtServers: \[(.*)\]$/m.exec(outer)?.[1] ?? '';
  const servers = [...external.matchAll(/(?:host\()?(\d+\.\d+\.\d+\.\d+)\)?/g)].map((match) => match[1] ?? '').filter((server) => !server.startsWith('127.'));
  return [...lines, ...servers.map((server) => `nameserver ${server}`), ''].join('\n');
}
