import type { Command } from 'commander';
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
        const result = await withMigrations(app, (migrations) => migrations.abort(id, options.reason));
        printResult(app, result, result.message);
      }),
    );
}
