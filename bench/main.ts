import { mkdir, rename, writeFile } from 'node:fs/promises';
import { cpus, release, totalmem } from 'node:os';
import path from 'node:path';
import type { Strategy } from '../domain/migration';
import { clustersDown, repository } from '../test/e2e/support/clusters';
import { System } from '../test/e2e/support/system';
import { benchArguments } from './arguments';
import { measure } from './measure';
import { measureRollbacks } from './measure-rollback';
import { scenarios } from './scenarios';
import { summarize } from './statistics';

const clusters = ['edge', 'cloud'] as const;
const system = { directory: path.join(repository, '.carryon/bench'), clusters, temporalPort: 27233, enginePorts: '17400-17499', images: ['carryon-runtime', 'carryon-workload-redis', 'carryon-workload-native'] };
const ofMigrations = ['clientDowntimeMs', 'downtimeMs', 'migrationMs', 'quietMs'] as const;
const ofRollbacks = ['gapMs', 'afterFailureMs', 'migrationMs'] as const;

type Measured<Key extends string> = Record<Key, number> & { lost: number; broken: number; loadavg: number };

function print<Key extends string>(name: string, keys: readonly Key[], samples: readonly Measured<Key>[]): void {
  for (const key of keys) {
    const { median, min, max } = summarize(samples.map((sample) => sample[key]));
    console.log(`${name.padEnd(16)} ${key.padEnd(18)} median ${median.toFixed(1).padStart(9)} ms   min ${min.toFixed(1).padStart(9)}   max ${max.toFixed(1).padStart(9)}`);
  }
  const harm = samples.reduce((sum, sample) => sum + sample.lost + sample.broken, 0);
  console.log(`${name.padEnd(16)} ${samples.length} runs, ${harm} writes or numbers lost or connections broken, loadavg ${summarize(samples.map((sample) => sample.loadavg)).median.toFixed(2)}`);
}

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
  const { runs, only, strategy, rollback } = benchArguments(process.argv.slice(2), scenarios.map((scenario) => scenario.name));
  const started = await System.start(system);
  try {
    for (const scenario of scenarios.filter(({ name }) => !only || name === only)) {
      const options = { runs, strategy, clusters };
      const say = (text: string) => console.log(`${scenario.name.padEnd(16)} ${text}`);
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
    await clustersDown(clusters);
  }
}

main().catch((error: unknown) => {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
