import { sleep } from '@temporalio/workflow';
import type { AbortAnswer } from '../activities/abort-source';
import type { InspectOutcomeResult } from '../activities/inspect-outcome';
import { decideOutcome } from '../domain/outcome';
import { formatDuration } from '../domain/quantities';
import { on } from './coordinators';
import { certifyDeath, commitByProof } from './commit-by-proof';
import { explain, migrationFailure } from './failures';
import type { ArmedMigration } from './migration';
import { probe } from './options';
import { giveSlot } from './slot';
import { ask } from './testimony';

const firstPauseMs = 500;
const longestPauseMs = 30_000;

/** Asks both journals until they tell who owns the service. In doubt it goes on asking: at most one copy runs meanwhile. */
export async function settle(migration: ArmedMigration, failure: unknown): Promise<'committed' | 'rolled-back'> {
  const { from, to } = migration.plan;
  migration.enter('commit', `asking both engines what happened: ${explain(failure)}`);
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    const [source, destination] = await Promise.all([from, to].map(async (cluster) => (await ask(migration, cluster, 'what does the journal say?')) ?? undefined));
    const verdict = decideOutcome(migration.ticket.epoch, source, destination);
    let unheard: string | undefined;
    switch (verdict) {
      case 'committed':
        if (source?.stopped && migration.sourceDied === undefined && (await certifyDeath(migration)) === 'unknown') break;
        await tell(migration, 'running', source);
        migration.commits({ events: source?.events ?? [], bytes: source?.bytesSent });
        return 'committed';
      case 'rolled-back':
        return 'rolled-back';
      case 'superseded':
        throw migrationFailure('needsHuman', `a newer migration of ${migration.plan.service.name} has taken place before this one was settled`, {
          code: 'superseded',
          report: migration.end('needs-human', 'superseded by a newer migration'),
          next: 'Nothing is frozen by this one. Look where the service runs with `carryon ps`.',
        });
      case 'abortable': {
        const proof = await commitByProof(migration, source, destination);
        if (proof === 'unknown') unheard = 'nothing is discarded until it is known whether the source is dead and the copy committed';
        if (proof !== 'none') break;
        const answer = await abort(migration);
        // Without its application the source takes nothing back by itself: the rollback brings it the destination's word, so there must be one.
        if (answer === 'aborted' || (answer === 'ended' && destination)) return 'rolled-back';
        // Its journal cannot be asked: the destination's is made to say what became of the commit.
        if (answer === 'stopped') unheard = await discard(migration);
        break;
      }
      case 'tell-discarded':
        unheard = await tell(migration, 'discarded', source);
        // Asked to abort, a source in doubt asks the destination's engine itself: a third path to the same word.
        if ((await abort(migration)) === 'aborted') return 'rolled-back';
        break;
      case 'in-doubt':
        break;
    }
    // Nothing moves until somebody answers: others need not wait for it.
    await giveSlot(migration);
    const seen = `${from}: ${said(source)}, ${to}: ${said(destination)}`;
    const refusal = unheard === undefined ? '' : `; ${unheard}`;
    migration.note(`in doubt (${seen}${refusal}); at most one copy runs. Asking again in ${formatDuration(pauseMs)}`);
    await sleep(pauseMs, { summary: 'in doubt' });
  }
}

const said = (side: InspectOutcomeResult | undefined) => (side?.stopped ? 'stopped' : (side?.state ?? 'no answer'));

/** Refused when it owns the service; either way its journal tells at the next question. The answer is why it could not be asked. */
async function discard({ plan, ticket }: ArmedMigration): Promise<string | undefined> {
  try {
    await on(plan.to, probe, 'discard the copy').discardDestination({ serviceId: ticket.service, ticket });
    return undefined;
  } catch (refusal) {
    return explain(refusal);
  }
}

async function abort({ ticket, plan }: ArmedMigration): Promise<AbortAnswer> {
  try {
    return await on(plan.from, probe, 'abort').abortSource(ticket);
  } catch {
    return 'in-doubt';
  }
}

/** The second path besides engine to engine. When it fails the first one is left, and the next question shows what came of it; the answer is why it failed. */
async function tell(migration: ArmedMigration, state: 'running' | 'discarded', source: InspectOutcomeResult | undefined): Promise<string | undefined> {
  if (source?.state !== 'handedOff') return undefined;
  const { ticket, plan } = migration;
  try {
    await on(plan.from, probe, `the destination's journal says ${state}`).tellOutcome({ ticket, state });
    return undefined;
  } catch (refusal) {
    const unheard = `${plan.from} could not be told that ${plan.to} says ${state}: ${explain(refusal)}`;
    migration.note(unheard);
    return unheard;
  }
}
