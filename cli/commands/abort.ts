import type { Command } from 'commander';
import type { Migrations } from '../../clients/temporal';
import { CarryonError } from '../../domain/errors';
import type { CommonOptions } from '../app';
import { newCommand, withApp, type Runtime } from '../command';
import { withMigrations } from '../migration/with-migrations';
import { printResult } from '../output/print-result';

interface Options extends CommonOptions {
  reason?: string;
}

export function abortCommand(runtime: Runtime): Command {
  return newCommand('abort', 'take a migration back; refused when it is committed already')
    .option('--reason <text>', 'kept in the report')
    .argument('<migration>', 'service or workflow id')
    .action((id: string, options: Options) =>
      withApp(runtime, options, async (app) => {
        const result = await withMigrations(app, (migrations) => abort(migrations, id, options.reason));
        printResult(app, result, result.message);
      }),
    );
}

/** A migration that has ended committed is as far beyond an abort as one that is still finishing. */
async function abort(migrations: Pick<Migrations, 'abort' | 'status'>, id: string, reason: string | undefined) {
  try {
    return await migrations.abort(id, reason);
  } catch (error) {
    if (!(error instanceof CarryonError) || error.code !== 'not-migrating') throw error;
    const { report } = await migrations.status(id);
    if (report?.outcome !== 'committed') throw error;
    throw new CarryonError(`${report.name} has been moved to ${report.to} already.`, {
      code: 'committed',
      recovery: 'roll-forward',
      next: `Move it back with: carryon migrate ${report.name} --to ${report.from}`,
      cause: error,
    });
  }
}
