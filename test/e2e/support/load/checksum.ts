import { Connection, lines } from './connection';

/** Asks the counting program for the checksum of its memory. */
export async function memoryChecksum(host: string, port: number): Promise<string> {
  let connection: Connection | undefined;
  try {
    return await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no checksum from ${host}:${port}`)), 30_000);
      Connection.open(host, port, lines((line) => {
        clearTimeout(timer);
        resolve(line);
      })).then((opened) => {
        connection = opened;
        opened.write('S');
      }, reject);
    });
  } finally {
    connection?.close();
  }
}
