// Records the histories of each scenario for test/workflows/replay.test.ts. Those of scenarios given as arguments are recorded anew; without any, those that are missing.
// A history that was released is never overwritten: give a new scenario a new name, and use patched() for changes of running workflows.
import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { scenarios, type Scenario } from '../test/workflows/support/scenarios';
import { Stage } from '../test/workflows/support/stage';
import { temporalProgram } from '../test/workflows/support/temporal-program';

const directory = path.resolve(__dirname, '../test/workflows/histories');
const fileOf = (name: string) => path.join(directory, `${name}.json`);

/** Traces tell where it was recorded and nothing that a replay needs. */
const withoutTraces = (history: unknown): unknown =>
  JSON.parse(JSON.stringify(history, (key, value: unknown) => (key === 'stackTrace' ? '' : value)));

const filesOf = (name: string) => [name, ...Object.keys(scenarios[name]?.also ?? {})].map(fileOf);

async function keep(stage: Stage, name: string, workflowId: string): Promise<void> {
  const { address, namespace } = stage.env;
  const { stdout } = await execa(temporalProgram(), ['workflow', 'show', '--workflow-id', workflowId, '--address', address, '--namespace', namespace ?? 'default', '--output', 'json']);
  await writeFile(fileOf(name), `${JSON.stringify(withoutTraces(JSON.parse(stdout)))}\n`);
  process.stdout.write(`${name}\n`);
}

async function record(stage: Stage, name: string, { set, before, request, meanwhile, also = {} }: Scenario, isWanted: (name: string) => boolean): Promise<void> {
  set(stage.reset());
  await before?.(stage);
  const workflowId = await stage.migrations.start({ service: 'cache', to: 'cloud', ...request });
  await meanwhile?.(stage, workflowId);
  await stage.migrations.end(workflowId);
  if (isWanted(name)) await keep(stage, name, workflowId);
  for (const [other, end] of Object.entries(also)) {
    const ended = await end(stage);
    if (isWanted(other)) await keep(stage, other, ended);
  }
}

async function main(): Promise<void> {
  const asked = process.argv.slice(2);
  const unknown = asked.find((name) => !(name in scenarios));
  if (unknown) throw new Error(`there is no scenario "${unknown}"; there are: ${Object.keys(scenarios).join(', ')}`);
  const names = asked.length > 0 ? asked : Object.keys(scenarios).filter((name) => !filesOf(name).every(existsSync));
  await mkdir(directory, { recursive: true });
  const stage = new Stage();
  await stage.open();
  try {
    for (const name of names) await record(stage, name, scenarios[name] as Scenario, (one) => asked.includes(name) || !existsSync(fileOf(one)));
  } finally {
    await stage.close();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
