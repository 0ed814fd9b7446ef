import { describe, expect, it } from '@jest/globals';
import type { Commanded } from '../../soak/command';
import type { Step } from '../../soak/schedule';
import { verdictOn, type Disturbed, type Observed } from '../../soak/verdict';

const step: Step = { index: 0, idleMs: 0, strategy: 'post-copy', disturbances: [], commands: [] };
const rest: Step = { ...step, strategy: undefined };
const struck = (killed: Disturbed['killed'], atKill: Disturbed['atKill'] = {}): Disturbed => ({ killed, reached: true, atKill, call: 1, returned: 2 });
const commanded = (command: Commanded['command'], more: Partial<Commanded> = {}): Commanded => ({ command, exitCode: 0, output: '', call: 3, returned: 4, faults: [], ...more });
const seen = (more: Partial<Observed> = {}): Observed => ({
  disturbed: [], commanded: [], now: { source: 'relaying', destination: 'running' }, atRest: 9, whole: true, end: { outcome: 'committed', message: '' }, answers: { at: 'destination', sameMemory: true },
  broken: { source: 0, destination: 0 }, looks: 1, twoCopies: [], findings: { copies: 1, lostAcknowledged: 0, incarnations: ['a'], faults: [] }, ...more,
});
const rolledBack: Partial<Observed> = { now: { source: 'running', destination: 'discarded' }, end: { outcome: 'rolled-back', message: '' }, answers: { at: 'source', sameMemory: true } };
const lost: Partial<Observed> = { ...rolledBack, answers: { at: 'source', sameMemory: false } };
const needsHuman: Partial<Observed> = { whole: false, answers: undefined, now: { source: 'owing', destination: 'waiting' }, end: { outcome: 'needs-human', message: '', next: 'restart it' } };
const faultsOf = (one: Step, observed: Observed) => verdictOn(one, observed).faults;

describe('the verdict on a step', () => {
  it('has nothing against a migration that commits, and one that is killed and rolls back', () => {
    expect(verdictOn(step, seen())).toEqual({ outcome: 'committed', memoryMayBeLost: [], faults: [] });
    expect(verdictOn(step, seen({ ...rolledBack, disturbed: [struck('destination-engine')] }))).toEqual({ outcome: 'rolled-back', memoryMayBeLost: [], faults: [] });
  });

  it('demands that a migration commits when nothing is killed', () => expect(faultsOf(step, seen(rolledBack))).toHaveLength(1));

  it('lets one be refused while an exec session is there', () =>
    expect(faultsOf(step, seen({ ...rolledBack, end: { outcome: 'refused', message: '' }, commanded: [commanded('exec')] }))).toEqual([]));

  it('does not let memory go when no copy was killed', () => expect(faultsOf(step, seen({ ...lost, disturbed: [struck('source-engine'), struck('link-2s')] }))).toHaveLength(1));

  it('lets it go when the only running copy may have been killed', () => {
    expect(verdictOn(step, seen({ ...lost, disturbed: [struck('source-container')] }))).toMatchObject({ memoryMayBeLost: [{ certain: false }], faults: [] });
    expect(faultsOf(step, seen({ ...lost, disturbed: [struck('destination-container')] }))).toHaveLength(1);
    expect(faultsOf(step, seen({ ...lost, disturbed: [{ ...struck('source-container'), reached: false }] }))).not.toEqual([]);
  });

  it('knows that it is gone when the only copy was killed and none was on its way', () =>
    expect(verdictOn(rest, seen({ ...lost, end: undefined, disturbed: [struck('source-container')] }))).toMatchObject({ outcome: 'unmoved', memoryMayBeLost: [{ call: 1, returned: 2, certain: true }], faults: [] }));

  it('does not let the memory go with a source that has handed over', () =>
    expect(faultsOf(step, seen({ answers: { at: 'destination', sameMemory: false }, disturbed: [struck('source-container', { destination: 'running' })] }))).toHaveLength(1));

  it('does not let connections break but with the container by which they came', () => {
    expect(faultsOf(step, seen({ broken: { source: 2, destination: 0 }, disturbed: [struck('destination-container', { destination: 'armedD' })] }))).toHaveLength(1);
    expect(faultsOf(step, seen({ broken: { source: 2, destination: 0 }, disturbed: [struck('source-container', { destination: 'running' })] }))).toEqual([]);
  });

  it('demands that all comes to rest, where the migration says that it is', () => {
    expect(faultsOf(step, seen({ whole: false, disturbed: [struck('temporal')] }))).toHaveLength(1);
    expect(faultsOf(step, seen({ answers: { at: 'source', sameMemory: true }, disturbed: [struck('temporal')] }))).toHaveLength(1);
  });

  it('lets a service stand still only when pages that it is owed are gone, and somebody says what to do next', () => {
    expect(verdictOn(step, seen({ ...needsHuman, disturbed: [struck('source-container', { destination: 'running' })] }))).toMatchObject({ outcome: 'declared-loss', faults: [] });
    expect(faultsOf(step, seen({ ...needsHuman, disturbed: [struck('link-2s')] }))).toHaveLength(1);
    expect(faultsOf({ ...step, strategy: 'stop-and-copy' }, seen({ ...needsHuman, disturbed: [struck('source-container')] }))).toHaveLength(1);
    expect(faultsOf(step, seen({ ...needsHuman, end: { outcome: 'needs-human', message: '' }, disturbed: [struck('page-daemon')] }))).toHaveLength(1);
  });

  it('holds an abort to its word, and lets a migration be taken back by one', () => {
    expect(faultsOf(step, seen({ ...rolledBack, commanded: [commanded('abort')] }))).toEqual([]);
    expect(faultsOf(step, seen({ commanded: [commanded('abort')] }))).toHaveLength(1);
    expect(faultsOf(step, seen({ ...rolledBack, commanded: [commanded('abort', { exitCode: 3 })] }))).toHaveLength(1);
    expect(faultsOf(step, seen({ ...rolledBack, disturbed: [struck('link-2s')], commanded: [commanded('abort', { exitCode: 6 })] }))).toHaveLength(1);
    expect(faultsOf(step, seen({ ...rolledBack, commanded: [commanded('keep-source', { kept: 'resumed' })] }))).toEqual([]);
  });

  it('lets nobody take a service back from a destination that lives, or begin afresh without a loss', () => {
    expect(faultsOf(step, seen({ commanded: [commanded('keep-source', { kept: 'taken-back' })] }))).toHaveLength(1);
    const afresh = { answers: { at: 'destination' as const, sameMemory: false }, commanded: [commanded('keep-destination', { kept: 'afresh' })] };
    expect(faultsOf(step, seen(afresh))).toHaveLength(1);
    expect(verdictOn(step, seen({ ...afresh, disturbed: [struck('page-daemon', { destination: 'running' })] }))).toMatchObject({ memoryMayBeLost: [{ call: 3, returned: 4, certain: true }], faults: [] });
  });

  it('knows that a decision of which nobody heard may have been carried out later', () => {
    const unheard = seen({ ...lost, commanded: [commanded('keep-destination', { exitCode: 1 })] });
    expect(faultsOf(step, unheard)).toContainEqual(expect.stringContaining('its memory is gone'));
    expect(verdictOn(step, { ...unheard, disturbed: [struck('page-daemon', { destination: 'running' })] })).toMatchObject({ memoryMayBeLost: [{ call: 3, returned: 9, certain: false }], faults: [] });
  });

  it('tells what commands, watchers and clients saw', () =>
    expect(
      verdictOn(step, seen({ twoCopies: ['two'], commanded: [commanded('ps', { exitCode: -1, faults: ['hangs'] })], findings: { copies: 2, lostAcknowledged: 1, incarnations: ['a'], faults: ['lost'] } })),
    ).toMatchObject({ outcome: 'violated', faults: ['lost', 'two', 'hangs'] }));
});
