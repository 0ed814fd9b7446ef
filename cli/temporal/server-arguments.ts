import path from 'node:path';
import type { Config } from '../../clients/config';
import { searchAttributeNames } from '../../domain/names';
import { splitAddress } from './answers';

/** Command line of the embedded Temporal server. It listens on the loopback address only: it knows no clients from strangers. */
export function serverArguments({ temporal, stateDir }: Config): string[] {
  const { port } = splitAddress(temporal.address);
  return [
    ...['server', 'start-dev'],
    ...['--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(temporal.uiPort ?? port + 1000)],
    ...['--db-filename', path.join(stateDir, 'temporal.db')],
    ...(temporal.namespace === 'default' ? [] : ['--namespace', temporal.namespace]),
    ...searchAttributeNames.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
    ...['--log-level', 'warn'],
  ];
}
