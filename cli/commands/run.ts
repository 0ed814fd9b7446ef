import type { Command } from 'commander';
import { MigrationFailedError, RefusedError } from '../../domain/errors';
import { parseSize } from '../../domain/quantities';
import type { OuterSpec, ServiceSpec } from '../../domain/service';
import type { Orchestrator } from '../../domain/orchestrator';
import type { App, CommonOptions } from '../app';
import { newCommand, withApp, type Runtime } from '../command';
import { note, printResult } from '../output/print-result';
import { oneOf } from '../parse/choice';
import { collect } from '../parse/collect';
import { parseCpus } from '../parse/cpus';
import { parsePort } from '../parse/port';
import { serviceSpec, type RunOptions } from '../parse/service-spec';
import { parseVolume } from '../parse/volume';
import { survey } from '../service/observe';
import { asUsage } from '../usage-error';

type Options = CommonOptions & RunOptions & { cluster: string };

const policies = ['no', 'on-failure', 'always', 'unless-stopped'] as const;

export function runCommand(runtime: Runtime): Command {
  return newCommand('run', 'run a service that can be moved')
    .passThroughOptions()
    .requiredOption('--cluster <id>', 'cluster to run it on')
    .requiredOption('--name <name>', 'name of the service')
    .option('-p, --publish <host:container[/udp]>', 'publish a port (repeatable)', collect(parsePort))
    .option('-e, --env <name[=value]>', 'environment; without a value, your own is passed on (repeatable)', collect(String))
    .option('--env-file <file>', 'environment from a file, one NAME=VALUE a line (repeatable)', collect(String))
    .option('-v, --volume <volume:path>', 'mount a named volume (repeatable)', collect(parseVolume))
    .option('--memory <size>', 'memory limit of the service, for example 256m', asUsage('--memory', parseSize))
    .option('--cpus <number>', 'processors that the service may use', parseCpus)
    .option('--restart <policy>', `restart policy: ${policies.join(', ')}`, oneOf('--restart', policies))
    .option('-w, --workdir <directory>', 'working directory')
    .option('-u, --user <user>', 'user or UID, with :group if wanted')
    .option('--entrypoint <program>', "replaces the image's entrypoint")
    .argument('<image>', "image in that cluster's daemon")
    .argument('[command...]', "replaces the image's command")
    .action((image: string, command: string[], options: Options) => {
      const spec = serviceSpec(image, command, options, runtime.io);
      return withApp(runtime, options, (app) => runService(app, options.cluster, spec));
    });
}

async function runService(app: App, cluster: string, spec: ServiceSpec): Promise<void> {
  const orchestrator = app.orchestrator(cluster);
  await refuseDouble(app, cluster, spec.name);
  const image = await orchestrator.exportImage(spec.image);
  if (!image) throw imageMissing(spec.image, cluster);
  try {
    note(app, `making the outer container of ${spec.name} on ${cluster}`);
    const outer = await orchestrator.deploy(outerSpec(spec), { existingVolumes: 'use' });
    const engine = orchestrator.engine(outer);
    note(app, `loading ${spec.image}`);
    const { imageDigest } = await engine.loadImage(spec.image, image.tar);
    note(app, 'starting');
    await engine.start({ ...spec, imageDigest });
    const { id, name, ports } = spec;
    printResult(app, { id, name, cluster, image: spec.image, imageDigest, ports, state: 'running' }, `${name} runs on ${cluster} (${id})`);
  } catch (error) {
    await takeBack(orchestrator, spec, error);
    throw error;
  } finally {
    destroy(image.tar);
  }
}

/** A name leads to one service, wherever it is. */
async function refuseDouble(app: App, cluster: string, name: string): Promise<void> {
  const { observations, unreachable } = await survey(app.orchestrators(), (outer) => outer.service.name === name);
  const own = unreachable.find((other) => other.cluster === cluster);
  if (own) throw own.error;
  for (const other of unreachable) note(app, `warning: cluster ${other.cluster} does not answer; whether it has a service ${name} is not known`);
  const [taken] = observations;
  if (!taken) return;
  const where = taken.orchestrator.cluster;
  throw new RefusedError('name-taken', `There is a service ${name} on cluster ${where} already.`, {
    cluster: where,
    next: `Choose another name, or remove it: carryon rm ${name} --cluster ${where}`,
  });
}

function outerSpec({ id, name, image, ports, volumes, memoryBytes, cpus, restart }: ServiceSpec): OuterSpec {
  return { id, name, image, ports, volumes, memoryBytes, cpus, restart };
}

/** A service that did not start leaves nothing behind; volumes that were there before stay. */
async function takeBack(orchestrator: Orchestrator, spec: ServiceSpec, failure: unknown): Promise<void> {
  try {
    await orchestrator.remove(spec.id, { volumes: true });
  } catch (error) {
    throw new MigrationFailedError('run-not-undone', `${messageOf(failure)} What was made could not be removed: ${messageOf(error)}`, {
      cluster: orchestrator.cluster,
      next: `Remove it with: carryon rm ${spec.name} --force --volumes --cluster ${orchestrator.cluster}`,
      cause: failure,
    });
  }
}

const imageMissing = (image: string, cluster: string) =>
  new RefusedError('image-missing', `The daemon of cluster ${cluster} has no image ${image}.`, {
    cluster,
    next: `Build or pull it there: docker -H HOST pull ${image}, or docker save ${image} | docker -H HOST load.`,
  });

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Ends the daemon's answer when nobody reads it any more. */
function destroy(stream: NodeJS.ReadableStream): void {
  if ('destroy' in stream && typeof stream.destroy === 'function') (stream.destroy as () => void)();
}
