import { discardMarginMs } from './defaults';
import type { MigrationPlan, Ticket, TicketPeer } from './migration';
import { expectedFreezeMs } from './plan';
import type { FullRequest } from './request';

export interface TicketInput {
  migration: string;
  epoch: number;
  plan: MigrationPlan;
  request: FullRequest;
  source: TicketPeer;
  destination: TicketPeer;
}

/** A slow link may take a multiple of what was predicted without any fault. */
const patience = 5;

export function buildTicket({ migration, epoch, plan, request, source, destination }: TicketInput): Ticket {
  return {
    migration,
    service: plan.service.id,
    epoch,
    strategy: plan.strategy,
    source,
    destination,
    discardAfterMs: discardMarginMs + patience * expectedFreezeMs(plan),
    relayForMs: request.relayForMs,
    execSessions: request.execSessions,
    ...(plan.bytesPerSecond !== undefined && { bytesPerSecond: plan.bytesPerSecond }),
  };
}
