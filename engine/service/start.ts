import { RefusedError } from '../../domain/errors';
import type { ServiceSpec } from '../../domain/service';
import type { Engine } from '../engine';
import { allowed } from '../journal/allowed';
import { insist } from '../refusal';
import { launch } from './launch';
import { loadSpec, saveSpec } from './spec-file';

/** Starts the service here for the first time. Repeated with the same specification it does nothing. */
export async function startService(engine: Engine, asked: ServiceSpec): Promise<void> {
  if (asked.id !== engine.service) {
    throw new RefusedError('wrong-service', `this outer container belongs to service ${engine.service}, not to ${asked.id}`, { next: 'ask the engine of that service' });
  }
  const view = await engine.journal.read();
  insist(allowed(view, 'start'));
  if (view.state === 'running' && (await engine.sandbox.find())) {
    if (JSON.stringify(await loadSpec(engine.layout.spec)) === JSON.stringify(asked)) return;
    throw new RefusedError('already-running', `service ${asked.name} already runs here`, { next: 'stop and remove it first' });
  }
  if (!asked.imageDigest || !(await engine.images.has(asked.imageDigest))) {
    throw new RefusedError('image-missing', `image ${asked.image} (${asked.imageDigest ?? 'no digest'}) is not loaded here`, { next: 'send it with PUT /v1/image and start with the digest that this answers' });
  }
  await saveSpec(engine.layout.spec, asked);
  await launch(engine, asked, async () => {
    if (view.state !== 'running') await engine.journal.append({ epoch: view.epoch + 1, state: 'running' });
  });
}
