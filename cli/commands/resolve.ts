import type { Command } from 'commander';
import { sides } from '../../domain/resolve-request';
import type { Side } from '../../domain/resolution';
import type { CommonOptions } from '../app';
import { newCommand, withApp, type Runtime } from '../command';
import { withMigrations } from '../migration/with-migrations';
import { printResult } from '../output/print-result';
import { oneOf } from '../parse/choice';

interface Options extends CommonOptions {
  keep: Side;
  forceLost?: string;
}

export function resolveCommand(runtime: Runtime): Command {
  return newCommand('resolve', 'say where a service goes on after a side was lost; refused where two copies could run')
    .requiredOption('--keep <side>', sides.join(' or '), oneOf('--keep', sides))
    .option('--force-lost <cluster>', 'this cluster, in carryon.yaml or not, is gone for ever: it is not waited for. If it comes back with the service, two copies run')
    .argument('<migration>', 'service, workflow id, or id of the migration')
    .action((id: string, { keep, forceLost, ...options }: Options) =>
      withApp(runtime, options, async (app) => {
        const resolution = await withMigrations(app, (migrations) => migrations.resolve(id, { keep, ...(forceLost !== undefined && { forceLost }) }));
        printResult(app, resolution, resolution.message);
      }),
    );
}
