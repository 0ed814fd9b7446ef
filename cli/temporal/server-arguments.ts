import path from 'node:path';
import type { Config } from '../../clients/config';
import { searchAttributeNames } from '../../domain/names';
import { splitAddress } from './answers';

const databaseName = 'temporal.db';

/** Files of the embedded server's database. */
export const databaseFiles = ({ stateDir }: Pick<Config, 'stateDir'>) => ['', '-wal', '-shm', '-journal'].map((ending) => path.join(stateDir, `${databaseName}${ending}`));

/** Command line of the embedded Temporal server. It listens on the loopback address only: it knows no clients from strangers. */
export function serverArguments({ temporal, stateDir }: Config): string[] {
  const { port } = splitAddress(temporal.address);
  return [
    ...['server', 'start-dev'],
    ...['--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(temporal.uiPort ?? port + 1000)],
    ...['--db-filename', path.join(stateDir, databaseName)],
    // A commit is brought to disk by one flush instead of three or four: with many migrations at once, on a disk that others flush as well, requests took longer than they may.
    ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=FULL'],
    ...(temporal.namespace === 'default' ? [] : ['--namespace', temporal.namespace]),
    ...searchAttributeNames.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
    ...['--log-level', 'warn'],
  ];
}
