import type { Command } from 'commander';
import { migrationRequest } from '../../domain/wishes';
import type { App } from '../app';
import { newCommand, withApp, type Runtime } from '../command';
import { printEnd } from '../migration/print-end';
import { requestOptions, type RequestOptions } from '../migration/request';
import { showMigration } from '../migration/show';
import { withMigrations } from '../migration/with-migrations';
import { note, printResult } from '../output/print-result';

type Options = RequestOptions & { detach?: boolean };

export function migrateCommand(runtime: Runtime): Command {
  return requestOptions(newCommand('migrate', 'move a running service to another cluster'))
    .option('-d, --detach', 'start it and leave')
    .action((service: string, options: Options) => withApp(runtime, options, (app) => migrate(app, service, options)));
}

function migrate(app: App, service: string, options: Options): Promise<number> {
  return withMigrations(app, async (migrations) => {
    const id = await migrations.start(migrationRequest(service, options));
    if (options.detach) {
      printResult(app, { workflowId: id }, `${id} is started; watch it with: carryon status ${service}`);
      return 0;
    }
    const leave = () => {
      note(app, `\nThe migration goes on. Watch it: carryon status ${service}. Take it back: carryon abort ${service}.`);
      process.exit(interrupted);
    };
    process.once('SIGINT', leave);
    try {
      return printEnd(app, id, service, await showMigration(app, migrations, id));
    } finally {
      process.off('SIGINT', leave);
    }
  });
}

/** As a shell reports a program that SIGINT has ended. */
const interrupted = 130;
