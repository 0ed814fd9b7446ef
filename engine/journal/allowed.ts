import { migrating, type HoldingCommand } from '../../domain/holder';
import type { JournalState } from '../../domain/service';
import { stateAt, type JournalView } from '../../domain/journal';

export type Decision = { ok: true } | { ok: false; code: string; message: string; next: string };

const yes: Decision = { ok: true };
const no = (code: string, message: string, next: string): Decision => ({ ok: false, code, message, next });

export interface Claim {
  migration: string;
  epoch: number;
}

/** A source takes a ticket only for the one running copy, a destination only where no copy can come back. */
export function mayArm(view: JournalView, role: 'source' | 'destination', claim: Claim): Decision {
  if (claim.epoch < view.epoch) return stale(view, claim);
  if (claim.epoch === view.epoch) return sameEpoch(view, role, claim);
  return role === 'source' ? mayArmSource(view) : mayArmDestination(view);
}

function sameEpoch(view: JournalView, role: 'source' | 'destination', claim: Claim): Decision {
  const armed: JournalState = role === 'source' ? 'armedS' : 'armedD';
  if (view.current?.migration === claim.migration && view.state === armed) return yes;
  if (view.current?.migration === claim.migration && !over.includes(view.state)) {
    return no('already-migrating', `migration ${claim.migration} is past its preparation here (${view.state})`, 'ask for its state');
  }
  return stale(view, claim);
}

function stale(view: JournalView, claim: Claim): Decision {
  return no('stale-epoch', `the ticket has epoch ${claim.epoch}, this engine already knows epoch ${view.epoch} (${view.state})`, 'plan the migration anew; the new ticket gets a higher epoch');
}

/** States of an epoch in which nothing of it goes on. */
const over: readonly JournalState[] = ['running', 'retired', 'discarded', 'absent'];

function mayArmSource(view: JournalView): Decision {
  switch (view.state) {
    case 'running':
      return yes;
    case 'armedS':
    case 'frozen':
    case 'handedOff':
      return no('already-migrating', `migration ${view.current?.migration ?? '?'} of this service is under way (${view.state})`, 'wait for it, or abort it');
    case 'owing':
    case 'relaying':
    case 'retired':
      return no('not-here', `this service has left (${view.state})`, 'ask the cluster that it went to');
    case 'waiting':
      return no('owing-debt', 'pages of this service are still at the peer that it came from', 'wait until that peer answers again');
    case 'armedD':
    case 'gated':
      return no('already-migrating', `this service is just arriving (${view.state})`, 'wait until that migration is done');
    case 'absent':
    case 'discarded':
      return no('not-running', 'no service runs in this outer container', 'start it first');
  }
}

function mayArmDestination(view: JournalView): Decision {
  switch (view.state) {
    case 'absent':
    case 'discarded':
    case 'retired':
    case 'relaying':
    case 'armedD':
    case 'gated':
      return yes;
    case 'handedOff':
      // In doubt until now: a ticket from the other side proves that it got the commit and owns the service.
      return yes;
    case 'owing':
      return no('owing-debt', 'pages of the last migration are still here and not yet fetched', 'wait until that migration is finished');
    case 'running':
      return no('already-here', 'the service already runs in this outer container', 'choose another destination');
    case 'armedS':
    case 'frozen':
      return no('already-migrating', `migration ${view.current?.migration ?? '?'} leads away from here (${view.state})`, 'wait for it, or abort it');
    case 'waiting':
      return no('owing-debt', 'this service waits for pages from the peer that it came from', 'wait until that peer answers again');
  }
}

/** An outer container may go when its service has left in this epoch, and no newer migration needs what this relay uses: its tunnel may be the same. */
export function mayRetire(view: JournalView, epoch: number, owesNothing: boolean): Decision {
  const state = stateAt(view, epoch);
  const left = state === 'relaying' || state === 'retired' || (owesNothing && state === 'owing');
  if (!left) return no('not-relaying', `this engine does not relay for epoch ${epoch} (${state})`, 'finish the migration first');
  const newer = [...view.history.values()].find((entry) => entry.epoch > epoch && entry.state !== 'discarded');
  if (!newer) return yes;
  return no('not-relaying', `a newer migration (epoch ${newer.epoch}, ${newer.state}) uses what this relay of epoch ${epoch} uses`, 'end the relay of the newest epoch');
}

export type ServiceVerb = 'start' | 'stop' | 'exec' | 'sync';

const where: Record<ServiceVerb, { states: readonly JournalState[]; code: string; next: string }> = {
  start: { states: ['absent', 'running'], code: 'not-here', next: 'ask the cluster that owns the service' },
  stop: { states: ['running'], code: 'not-running', next: 'ask the cluster that owns the service' },
  exec: { states: ['running'], code: 'not-running', next: 'ask the cluster that owns the service' },
  sync: { states: ['armedS'], code: 'not-armed', next: 'prepare the migration first' },
};

/** A discarded copy is not started here either: the service lives at the other side. */
export function allowed(view: JournalView, verb: ServiceVerb): Decision {
  const rule = where[verb];
  if (rule.states.includes(view.state)) return yes;
  if (verb !== 'sync' && migrating.includes(view.state)) return heldByMigration(view, verb);
  return no(rule.code, `cannot ${verb} while the journal says ${view.state} (epoch ${view.epoch})`, rule.next);
}

const heldByMigration = ({ current, epoch, state }: JournalView, verb: string) =>
  no('already-migrating', `cannot ${verb}: migration ${current?.migration ?? '?'} (epoch ${epoch}, ${state}) holds this service`, 'wait for it (carryon status), or take it back (carryon abort)');

/** A migration's claim goes before that of a command; `force` gives up what only a migration that is committed still needs. */
export function mayHold(view: JournalView, command: HoldingCommand, force: boolean): Decision {
  if (!migrating.includes(view.state)) return yes;
  const givenUp = command === 'rm' && force && (view.state === 'owing' || view.state === 'waiting');
  return givenUp ? yes : heldByMigration(view, command);
}

export type Recovery = 'nothing' | 'start-fresh' | 'relay' | 'ask-destination' | 'ask-source';

/**
 * What an engine does when all kernel state is gone (container or host restarted).
 * Armed counts as in doubt, on both sides: lines written inside the freeze are not fsynced, so the disk may be older than the truth.
 */
export function afterRestart(state: JournalState): Recovery {
  switch (state) {
    case 'absent':
    case 'discarded':
    case 'retired':
      return 'nothing';
    case 'running':
    // It waited for pages of a tree that is gone now: an ordinary restart is what is left of it, as for any other owner.
    case 'waiting':
      return 'start-fresh';
    case 'relaying':
      return 'relay';
    case 'armedS':
    case 'frozen':
    case 'handedOff':
      return 'ask-destination';
    case 'owing':
      // The frozen tree with the owed pages is gone; what the peer has not fetched is lost. Connections are relayed still.
      return 'relay';
    case 'armedD':
    case 'gated':
      return 'ask-source';
  }
}
