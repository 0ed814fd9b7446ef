import type { MigrationEnd } from '../../clients/temporal';
import { check } from '../chaos/oracle/check';
import { awaitRest } from '../chaos/rest';
import type { Subject } from '../chaos/subject';
import type { ChaosSystem } from '../chaos/system/chaos-system';
import { eventually } from '../e2e/support/await';
import { runCommand } from './command';
import type { History } from './history';

/** A destination says within a minute that it waits; only then can it be kept. */
const decidedWithinMs = 90_000;
const answersWithinMs = 30_000;
const memoryMs = 5_000;

/**
 * A migration has ended with a human called, who does as he is told: the service begins afresh at the destination, with every acknowledged write. Resolves with what
 * was wrong then.
 */
export async function takeAdvice(system: ChaosSystem, subject: Subject, history: History, { from, to }: Subject['place'], { next = '' }: Pick<MigrationEnd, 'next'>): Promise<string[]> {
  if (!next.includes('--keep destination')) {
    // What had been killed is back by now.
    const { whole } = await awaitRest(subject, Date.now(), () => undefined, decidedWithinMs, false);
    return whole && next.startsWith('Bring ') ? [] : [`all is back, and the advice does not help: '${next}'`];
  }
  const { name } = subject;
  const call = history.now();
  // Whichever side goes on, the other is removed first where it could go on as well.
  if (next.includes(`carryon rm ${name}`)) await system.carryon.must('rm', name, '--cluster', from, '--force');
  let said = '';
  const isKept = await eventually('carryon resolve to let it begin afresh', async () => {
    const { kept, exitCode, output } = await runCommand(system, subject, history, 'keep-destination');
    said = `exit code ${exitCode}: ${output}`;
    return kept === 'afresh';
  }, decidedWithinMs).catch(() => false);
  if (!isKept) return [`the advice was '${next}', and carryon resolve ended with ${said}`];
  history.event(name, 'crash', call);
  const memory = await eventually(`an answer of ${name}`, () => subject.at(to).ask('m', memoryMs), answersWithinMs).catch(() => undefined);
  if (!memory) return [`it was to begin afresh at ${to}, and nothing answers there`];
  const answers = [...subject.answers];
  const ledger = await history.readLedger(name, () => subject.outer(to).ledger());
  const running = await Promise.all([from, to].map((cluster) => subject.outer(cluster).running()));
  return check({ answers, ledger, running }).faults;
}
