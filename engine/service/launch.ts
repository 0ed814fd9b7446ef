import { writeFile } from 'node:fs/promises';
import type { ServiceSpec } from '../../domain/service';
import type { Engine } from '../engine';
import { readIfThere } from '../read-file';

/**
 * A fresh start, from the image and what the volumes hold. `record` runs when the sandbox stands and before the application's first
 * instruction; init is told before it, so that even a program that ends at once gives the container its exit code.
 */
export async function launch(engine: Engine, spec: ServiceSpec, record: () => Promise<void>): Promise<void> {
  const netns = await engine.network.setUpNested(spec);
  await engine.sandbox.destroy();
  // Before there is a process that could be taken for the service that was.
  await noteStart(engine);
  try {
    const sandbox = await engine.sandbox.make({ mode: 'start', spec, netns });
    await record();
    await engine.init.main(sandbox.pid);
    await engine.sandbox.startApplication(sandbox);
    engine.log.info({ pid: sandbox.pid, service: spec.name }, 'application started');
  } catch (error) {
    await engine.init.none();
    await engine.sandbox.destroy();
    throw error;
  }
}

/** For whoever has to tell this start from the memory that a migration was to keep; as long-lived as the application: /run ends with the container. */
async function noteStart({ journal, layout }: Engine): Promise<void> {
  const { epoch } = await journal.read();
  await writeFile(layout.startedIn, String(epoch));
}

/** Epoch in which the application was last started here from its image; undefined where it never was since the container started. */
export async function startedIn({ layout }: Pick<Engine, 'layout'>): Promise<number | undefined> {
  const noted = await readIfThere(layout.startedIn);
  return noted === undefined || noted === '' ? undefined : Number(noted);
}
