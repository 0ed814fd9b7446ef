import type { Command } from 'commander';
import { migrationRequest } from '../../domain/wishes';
import { newCommand, withApp, type Runtime } from '../command';
import { exitCodes } from '../exit-codes';
import { requestOptions, type RequestOptions } from '../migration/request';
import { withMigrations } from '../migration/with-migrations';
import { planText } from '../output/plan-text';
import { printResult } from '../output/print-result';

export function planCommand(runtime: Runtime): Command {
  return requestOptions(newCommand('plan', 'what a migration would do, and why it would be refused; starts nothing')).action(
    (service: string, options: RequestOptions) =>
      withApp(runtime, options, async (app) => {
        const plan = await withMigrations(app, (migrations) => migrations.plan(migrationRequest(service, options)));
        printResult(app, plan, planText(plan));
        return plan.refusals.length > 0 ? exitCodes.refused : exitCodes.done;
      }),
  );
}
