import type { StepResult } from '../../domain/engine';
import type { Engine } from '../engine';
import { stateAt } from '../../domain/journal';
import type { DriverAnswer } from './control-socket';
import { bytesSent, downtimeOf, readEvents } from './events';
import type { HeldTicket } from './tickets';

/** What the coordinator is told after a verb. */
export async function describe(engine: Engine, { ticket }: HeldTicket, answer: DriverAnswer | undefined): Promise<StepResult> {
  const [view, events] = await Promise.all([engine.journal.read(), readEvents(engine.layout.handoff(ticket.migration))]);
  const downtimeMs = numberOf(answer, 'downtimeMs') ?? downtimeOf(events);
  return {
    state: stateAt(view, ticket.epoch),
    ...(downtimeMs !== undefined && { downtimeMs }),
    bytes: numberOf(answer, 'bytes') ?? bytesSent(events),
    events,
  };
}

function numberOf(answer: DriverAnswer | undefined, key: string): number | undefined {
  const value: unknown = answer?.ok ? answer[key] : undefined;
  return typeof value === 'number' ? value : undefined;
}
