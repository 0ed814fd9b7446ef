import type { Duplex } from 'node:stream';

/**
 * Two pipelines over one connection watch for its end some nine times, beside TLS and HTTP, which is more than Node takes for no leak. It is
 * none: a connection serves one rsync and ends with it.
 */
export function usedBothWays<Connection extends Duplex>(connection: Connection): Connection {
  return connection.setMaxListeners(30);
}
