import { mkdir, rename, writeFile } from 'node:fs/promises';
import { cpus, release, totalmem } from 'node:os';
import path from 'node:path';
import type { Strategy } from '../domain/migration';
import { clustersDown, kubernetesDown, repository } from '../test/e2e/support/clusters';
import { System } from '../test/e2e/support/system';
import { benchArguments } from './arguments';
import { compare } from './compare';
import { measure } from './measure';
import { measureRollbacks } from './measure-rollback';
import { neededFor, ofDocker, pairOf } from './places';
import { print } from './print';
import { scenarios } from './scenarios';

const system = { directory: path.join(repository, '.carryon/bench'), clusters: ofDocker, temporalPort: 27233, enginePorts: '17400-17499', images: ['carryon-runtime', 'carryon-workload-redis', 'carryon-workload-native'] };
const ofMigrations = ['clientDowntimeMs', 'downtimeMs', 'migrationMs', 'quietMs'] as const;
const ofRollbacks = ['gapMs', 'afterFailureMs', 'migrationMs'] as const;

/** Raw samples and what they were measured on; figures in documents are taken from these files. */
async function keep(name: string, kind: string, strategy: Strategy, samples: readonly object[]): Promise<void> {
  const directory = path.join(repository, 'bench/results');
  await mkdir(directory, { recursive: true });
  const file = path.join(directory, `${name}-${strategy}${kind}.json`);
  const machine = { cpus: cpus().length, model: cpus()[0]?.model, memoryBytes: totalmem(), kernel: release(), node: process.version };
  await writeFile(`${file}.tmp`, `${JSON.stringify({ scenario: name, strategy, at: new Date().toISOString(), machine, samples }, null, 1)}\n`);
  await rename(`${file}.tmp`, file);
  console.log(`${name.padEnd(16)} raw samples: ${path.relative(repository, file)}`);
}

async function main(): Promise<void> {
  const { runs, only, strategy, rollback, between } = benchArguments(process.argv.slice(2), scenarios.map((scenario) => scenario.name));
  const pair = between && pairOf(between);
  const needed = neededFor(pair ?? []);
  const started = await System.start({ ...system, ...needed });
  try {
    for (const scenario of scenarios.filter(({ name }) => !only || name === only)) {
      const options = { runs, strategy, clusters: ofDocker };
      const say = (text: string) => console.log(`${scenario.name.padEnd(16)} ${text}`);
      if (pair) {
        const samples = await compare(started.carryon, scenario, { ...options, clusters: pair }, ({ from, to, clientDowntimeMs, migrationMs }) => say(`${from} -> ${to}: client-visible ${clientDowntimeMs.toFixed(1)} ms, migration ${migrationMs.toFixed(0)} ms`));
        await keep(scenario.name, `-${between.join('-')}`, strategy, samples);
        continue;
      }
      if (rollback) {
        const samples = await measureRollbacks(started.carryon, scenario, options, ({ gapMs, afterFailureMs }) => say(`a failed restore: client-visible ${gapMs.toFixed(1)} ms, ${afterFailureMs.toFixed(1)} ms of it after the failure`));
        print(scenario.name, ofRollbacks, samples);
        await keep(scenario.name, '-rollback', strategy, samples);
        continue;
      }
      const samples = await measure(started.carryon, scenario, options, ({ from, to, clientDowntimeMs, migrationMs }) => say(`${from} -> ${to}: client-visible ${clientDowntimeMs.toFixed(1)} ms, migration ${migrationMs.toFixed(0)} ms`));
      print(scenario.name, ofMigrations, samples);
      await keep(scenario.name, '', strategy, samples);
    }
  } finally {
    await started.stop();
    await clustersDown(ofDocker);
    if (pair) await kubernetesDown([...needed.kubernetes, ...needed.k3s]);
  }
}

main().catch((error: unknown) => {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
