import { readIfThere } from '../read-file';

const established = '01';

/** Established connections in the network namespace of a process. */
export async function tcpConnections(pid: number): Promise<number> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((table) => readIfThere(`/proc/${pid}/net/${table}`)));
  return tables.reduce((sum, table) => sum + countEstablished(table ?? ''), 0);
}

export function countEstablished(table: string): number {
  const rows = table.split('\n').slice(1);
  return rows.filter((row) => row.trim().split(/\s+/)[3] === established).length;
}
