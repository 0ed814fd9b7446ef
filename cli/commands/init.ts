import type { Command } from 'commander';
import { existsSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { configFileName } from '../../clients/config';
import { newCommand, type Runtime } from '../command';
import { configTemplate } from '../config-template';
import { UsageError } from '../usage-error';

interface Options {
  print?: boolean;
  force?: boolean;
  json?: boolean;
}

export function initCommand(runtime: Runtime): Command {
  return newCommand('init', 'write a configuration with every field explained')
    .option('--print', 'to the standard output instead of a file')
    .option('--force', 'replace a file that is there')
    .argument('[file]', 'where to write it', configFileName)
    .action((file: string, { print, force, json }: Options) => {
      const text = configTemplate(ownAddress());
      if (print) {
        runtime.io.stdout.write(text);
        return;
      }
      const target = path.resolve(runtime.io.directory, file);
      if (existsSync(target) && !force) throw new UsageError(`${target} exists already.`, 'Replace it with --force, or name another file.');
      writeFileSync(target, text);
      runtime.io.stdout.write(json ? `${JSON.stringify({ file: target })}\n` : `wrote ${target}; name your clusters in it, then: carryon up\n`);
    });
}

/** An address of this machine that others may reach; a guess that the user is asked to check. */
function ownAddress(): string {
  const virtual = /^(docker|br-|veth|virbr|cni|flannel|wg|tun)/;
  const addresses = Object.entries(networkInterfaces()).flatMap(([name, list]) => (virtual.test(name) ? [] : (list ?? [])));
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}
