import type { Carryon } from '../test/e2e/support/carryon';
import { measureByTurns, type MeasureOptions, type Sample } from './measure';
import { ofDocker } from './places';
import { print } from './print';
import type { Scenario } from './scenarios';
import { summarize } from './statistics';

/** A port in the range of node ports, which is published as it stands everywhere. */
const nodePort = 30_500;
const keys = ['clientDowntimeMs', 'downtimeMs', 'migrationMs', 'quietMs'] as const;
const compared = ['clientDowntimeMs', 'downtimeMs', 'migrationMs'] as const;

/** The same service between two clusters and, by turns in the same run, between two of Docker. All samples, those of the peer first. */
export async function compare(carryon: Carryon, scenario: Scenario, options: MeasureOptions, onSample: (sample: Sample) => void): Promise<Sample[]> {
  const there = { ...scenario, service: { ...scenario.service, name: `${scenario.service.name}-between`, hostPort: nodePort, restart: 'always' } };
  const [peer = [], samples = []] = await measureByTurns(
    carryon,
    [
      { scenario, clusters: ofDocker, onSample },
      { scenario: there, clusters: options.clusters, onSample },
    ],
    options,
  );
  print('docker-docker', keys, peer);
  for (const [from, to] of [options.clusters, [...options.clusters].reverse()]) {
    const one = samples.filter((sample) => sample.from === from && sample.to === to);
    if (one.length === 0) continue;
    const name = `${from}-${to}`;
    print(name, keys, one);
    for (const key of compared) console.log(`${name.padEnd(16)} ${key.padEnd(18)} ${(median(one, key) / median(peer, key)).toFixed(2)} times that of docker-docker`);
    printSteps(name, peer, one);
  }
  return [...peer, ...samples];
}

const median = (samples: readonly Sample[], key: (typeof compared)[number]) => summarize(samples.map((sample) => sample[key])).median;

/** Where the time of the handoff goes, as the drivers tell it; medians. */
function printSteps(name: string, peer: readonly Sample[], samples: readonly Sample[]): void {
  const of = (all: readonly Sample[], step: string) => {
    const times = all.flatMap(({ handoff }) => handoff.filter((one) => one.step === step).map(({ ms }) => ms));
    return times.length > 0 ? summarize(times).median : undefined;
  };
  const shown = (ms: number | undefined) => (ms === undefined ? '-' : ms.toFixed(1)).padStart(9);
  const steps = [...new Set(samples.flatMap(({ handoff }) => handoff.map(({ step }) => step)))];
  for (const step of steps) console.log(`${name.padEnd(16)} ${step.padEnd(34)} ${shown(of(samples, step))} ms   docker-docker ${shown(of(peer, step))}`);
}
