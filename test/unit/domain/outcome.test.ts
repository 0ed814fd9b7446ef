import { describe, expect, test } from '@jest/globals';
import { decideOutcome, type Verdict } from '../../../domain/outcome';
import { journalStates, type JournalState } from '../../../domain/service';

const epoch = 5;
const verdict = (source: JournalState | undefined, destination: JournalState | undefined, sourceEpoch = epoch, destinationEpoch = epoch): Verdict =>
  decideOutcome(epoch, source && { state: source, epoch: sourceEpoch }, destination && { state: destination, epoch: destinationEpoch });

describe('decideOutcome', () => {
  test.each<[JournalState | undefined, JournalState | undefined, Verdict]>([
    ['handedOff', 'running', 'committed'],
    ['handedOff', 'waiting', 'committed'],
    [undefined, 'running', 'committed'],
    ['owing', undefined, 'committed'],
    ['relaying', undefined, 'committed'],
    ['retired', 'running', 'committed'],
    ['running', 'discarded', 'rolled-back'],
    ['running', 'gated', 'rolled-back'],
    ['running', undefined, 'rolled-back'],
    [undefined, 'discarded', 'rolled-back'],
    ['armedS', 'gated', 'abortable'],
    ['frozen', undefined, 'abortable'],
    ['handedOff', 'discarded', 'tell-discarded'],
    ['handedOff', 'gated', 'in-doubt'],
    ['handedOff', undefined, 'in-doubt'],
    [undefined, 'gated', 'in-doubt'],
    [undefined, undefined, 'in-doubt'],
  ])('source %s, destination %s: %s', (source, destination, expected) => expect(verdict(source, destination)).toBe(expected));

  test('a destination that has moved on owned it first', () => expect(verdict('handedOff', 'armedS', epoch, epoch + 1)).toBe('committed'));
  test('a source with a newer ticket has history behind it', () => expect(verdict('armedD', undefined, epoch + 1)).toBe('superseded'));
  test('a source that was never armed runs as before', () => expect(verdict('running', undefined, epoch - 1)).toBe('rolled-back'));
  test('a destination that never heard of this epoch says nothing about it', () => expect(verdict('handedOff', 'discarded', epoch, epoch - 1)).toBe('in-doubt'));

  test('a source that is stopped has sent all it ever will: the destination says what it got', () => {
    const stopped = { state: 'absent' as const, epoch: 0, stopped: true };
    const given = (state: JournalState | undefined) => decideOutcome(epoch, stopped, state && { state, epoch });
    expect([given('running'), given('waiting')]).toEqual(['committed', 'committed']);
    expect([given('armedD'), given('gated'), given(undefined)]).toEqual(['abortable', 'abortable', 'abortable']);
    expect(given('discarded')).toBe('rolled-back');
  });

  test('never both forward and back: a rolled-back verdict needs a source that runs or a destination that can never run', () => {
    for (const source of [undefined, ...journalStates]) {
      for (const destination of [undefined, ...journalStates]) {
        if (verdict(source, destination) !== 'rolled-back') continue;
        expect(source === 'running' || destination === 'discarded').toBe(true);
        expect(destination).not.toBe('running');
      }
    }
  });
});
