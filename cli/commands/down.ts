import type { Command } from 'commander';
import type { CommonOptions } from '../app';
import { newCommand, withApp, type Runtime } from '../command';
import { printResult } from '../output/print-result';
import { askToStop } from '../up/control-socket';

export function downCommand(runtime: Runtime): Command {
  return newCommand('down', 'stop what `carryon up` runs; services go on, migrations under way wait for the next `up`').action((options: CommonOptions) =>
    withApp(runtime, options, async (app) => {
      const stopped = await askToStop(app.config.stateDir);
      printResult(app, { stopped }, stopped ? 'stopped' : 'nothing was up');
    }),
  );
}
