import type { ServiceSpec } from '../../domain/service';
import type { Engine } from '../engine';

/**
 * A fresh start, from the image and what the volumes hold. `record` runs when the sandbox stands and before the application's first
 * instruction; init is told before it, so that even a program that ends at once gives the container its exit code.
 */
export async function launch(engine: Engine, spec: ServiceSpec, record: () => Promise<void>): Promise<void> {
  const netns = await engine.network.setUpNested(spec);
  await engine.sandbox.destroy();
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
