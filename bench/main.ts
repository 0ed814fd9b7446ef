import { mkdir, rename, writeFile } from 'node:fs/promises';
import { cpus, release, totalmem } from 'node:os';
import path from 'node:path';
import type { Strategy } from '../domain/migration';
import { clustersDown, repository } from '../test/e2e/support/clusters';
import { System } from '../test/e2e/support/system';
import { benchArguments } from './arguments';
import { measure, type Sample } from './measure';
import { scenarios } from './scenarios';
import { summarize } from './statistics';

const clusters = ['edge', 'cloud'] as const;
const system = { directory: path.join(repository, '.carryon/bench'), clusters, temporalPort: 27233, enginePorts: '17400-17499', images: ['carryon-runtime', 'carryon-workload-redis', 'carryon-workload-native'] };
const measured = ['clientDowntimeMs', 'downtimeMs', 'migrationMs', 'quietMs'] as const;

function print(name: string, samples: readonly Sample[]): void {
  for (const key of measured) {
    const { median, min, max } = summarize(samples.map((sample) => sample[key]));
    console.log(`${name.padEnd(16)} ${key.padEnd(18)} median ${median.toFixed(1).padStart(9)} ms   min ${min.toFixed(1).padStart(9)}   max ${max.toFixed(1).padStart(9)}`);
  }
  const harm = samples.reduce((sum, sample) => sum + sample.lost + sample.broken, 0);
  console.log(`${name.padEnd(16)} ${samples.length} runs, ${harm} writes or numbers lost or connections broken, loadavg ${summarize(samples.map((sample) => sample.loadavg)).median.toFixed(2)}`);
}

/** Raw samples and what they were measured on; figures in documents are taken from these files. */
async function keep(name: string, strategy: Strategy, samples: readonly Sample[]): Promise<void> {
  const directory = path.join(repository, 'bench/results');
  await mkdir(directory, { recursive: true });
  const file = path.join(directory, `${name}-${strategy}.json`);
  const machine = { cpus: cpus().length, model: cpus()[0]?.model, memoryBytes: totalmem(), kernel: release(), node: process.version };
  await writeFile(`${file}.tmp`, `${JSON.stringify({ scenario: name, strategy, at: new Date().toISOString(), machine, samples }, null, 1)}\n`);
  await rename(`${file}.tmp`, file);
  console.log(`${name.padEnd(16)} raw samples: ${path.relative(repository, file)}`);
}

async function main(): Promise<void> {
  const { runs, only, strategy } = benchArguments(process.argv.slice(2), scenarios.map((scenario) => scenario.name));
  const started = await System.start(system);
  try {
    for (const scenario of scenarios.filter(({ name }) => !only || name === only)) {
      const samples = await measure(started.carryon, scenario, { runs, strategy, clusters }, (sample) =>
        console.log(`${scenario.name.padEnd(16)} ${sample.from} -> ${sample.to}: client-visible ${sample.clientDowntimeMs.toFixed(1)} ms, migration ${sample.migrationMs.toFixed(0)} ms`));
      print(scenario.name, samples);
      await keep(scenario.name, strategy, samples);
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
