import pg from 'pg';
import { Gaps, longestOf, type Gap } from './gaps';
import type { Load, LoadResult } from './load';

export interface PostgresLoadOptions {
  host: string;
  port: number;
  password: string;
  connections: number;
}

const connect = async ({ host, port, password }: Omit<PostgresLoadOptions, 'connections'>) => {
  const client = new pg.Client({ host, port, password, user: 'postgres', database: 'postgres' });
  await client.connect();
  return client;
};

/** Clients that commit one transaction after the other; each commit that was acknowledged must be there afterwards, once. */
export class PostgresLoad implements Load {
  private readonly gaps: Gaps[] = [];
  private readonly committed: number[] = [];
  private readonly problems: string[] = [];
  private broken = 0;
  private ending = false;
  private readonly writers: Promise<void>[] = [];

  private constructor(private readonly options: PostgresLoadOptions) {}

  static async start(options: PostgresLoadOptions): Promise<PostgresLoad> {
    const load = new PostgresLoad(options);
    const first = await connect(options);
    await first.query('DROP TABLE IF EXISTS log');
    await first.query('CREATE TABLE log (writer int NOT NULL, number int NOT NULL, text text NOT NULL, PRIMARY KEY (writer, number))');
    await first.end();
    for (let writer = 0; writer < options.connections; writer++) {
      const client = await connect(options);
      client.on('error', (error) => load.fail(writer, error.message));
      load.writers.push(load.write(client, writer));
    }
    return load;
  }

  resetWindow(): void {
    for (const gap of this.gaps) gap.resetWindow();
  }

  longestGapMs(): number {
    return longestOf(this.gaps);
  }

  noticeableGaps(): Gap[] {
    return this.gaps.flatMap((gaps) => gaps.noticeable());
  }

  async check(): Promise<LoadResult> {
    const committed = [...this.committed];
    const client = await connect(this.options);
    const { rows } = await client.query<{ writer: number; count: string; last: number }>('SELECT writer, count(*), max(number) AS last FROM log GROUP BY writer');
    await client.end();
    const lost = committed.reduce((sum, last, writer) => {
      const row = rows.find((candidate) => candidate.writer === writer);
      if (row && Number(row.count) !== row.last) this.problems.push(`writer ${writer}: ${row.count} rows up to number ${row.last}`);
      return sum + Math.max(0, last - Number(row?.count ?? 0));
    }, 0);
    return { acknowledged: committed.reduce((sum, last) => sum + last, 0), lost, connections: this.gaps.length, broken: this.broken, problems: [...this.problems] };
  }

  async finish(): Promise<LoadResult> {
    this.ending = true;
    await Promise.all(this.writers);
    return this.check();
  }

  private async write(client: pg.Client, writer: number): Promise<void> {
    const gap = (this.gaps[writer] = new Gaps());
    this.committed[writer] = 0;
    try {
      for (let number = 1; !this.ending; number++) {
        await client.query('BEGIN');
        await client.query('INSERT INTO log VALUES ($1, $2, repeat($3, 100))', [writer, number, `row ${number} `]);
        await client.query('COMMIT');
        gap.answer();
        this.committed[writer] = number;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await client.end();
    } catch (error) {
      this.fail(writer, error instanceof Error ? error.message : String(error));
    }
  }

  private fail(writer: number, reason: string): void {
    this.broken += 1;
    this.problems.push(`writer ${writer}: ${reason}`);
  }
}
