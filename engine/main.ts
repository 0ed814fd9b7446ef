import { pino } from 'pino';
import { enginePort } from '../domain/names';
import { createFiles } from '../sync/files';
import { createImages } from '../sync/image/images';
import { boot } from './boot';
import { createNetwork } from './network/network';
import { defaultRoots, layout } from './paths';
import { createSandboxPort } from './sandbox/sandbox';
import { initSocket } from './service/init-socket';
import { loadSpec } from './service/spec-file';

/** Init ends us before it ends the outer container, and waits this long for answers that are under way. */
const graceMs = 1_500;

const log = pino({ base: undefined, timestamp: pino.stdTimeFunctions.isoTime });

function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: the orchestrator's adapter gives it to the outer container`);
  return value;
}

async function main(): Promise<void> {
  const [cluster, service] = [fromEnvironment('CARRYON_CLUSTER'), fromEnvironment('CARRYON_SERVICE')];
  const paths = layout({ ...defaultRoots, own: process.env.CARRYON_OWN, ambassador: process.env.CARRYON_AMBASSADOR });
  const images = createImages(paths.images);
  // Beside the start of the service: nothing waits for it.
  void images.tidy().catch((error: unknown) => log.warn({ reason: String(error) }, 'leftovers of images could not be removed'));
  const end = await boot(
    {
      cluster,
      service,
      arrival: process.env.CARRYON_ARRIVAL,
      intercepted: process.env.CARRYON_SPEC,
      standsIn: process.env.CARRYON_STAND_IN !== undefined,
      layout: paths,
      log,
      init: initSocket(paths.initSocket),
      sandbox: createSandboxPort({ layout: paths, spec: () => loadSpec(paths.spec) }),
      network: createNetwork({ cluster, service, stateDirectory: paths.state, runDirectory: paths.run }),
      images,
      files: createFiles({ upper: paths.upper, logs: paths.logs, volumes: paths.volumes, runDirectory: paths.run, snapshotCommand: [`${paths.opt}/bin/handoff`, 'snapshot'] }),
    },
    { host: '0.0.0.0', port: enginePort },
  );
  const stop = (signal: string) => {
    log.info({ signal }, 'ending');
    void end(graceMs).finally(() => process.exit(0));
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop(signal));
}

process.on('unhandledRejection', (reason) => {
  log.error({ reason: reason instanceof Error ? reason.stack : String(reason) }, 'unhandled failure; init starts the engine again');
  process.exit(1);
});

main().catch((error: unknown) => {
  log.error({ reason: error instanceof Error ? error.stack : String(error) }, 'the engine cannot begin');
  process.exit(1);
});
