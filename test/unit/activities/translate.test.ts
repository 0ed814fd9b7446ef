import { describe, expect, test } from '@jest/globals';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { atEdge, translate } from '../../../activities/translate';
import { CarryonError, MigrationFailedError, NeedsHumanError, RefusedError, UnavailableError } from '../../../domain/errors';

describe('translate', () => {
  test.each([
    [new UnavailableError('engine-silent', 'm'), false],
    [new CarryonError('m', { code: 'pages-missing', recovery: 'roll-forward' }), false],
    [new MigrationFailedError('dump-failed', 'm'), true],
    [new RefusedError('port-taken', 'm'), true],
    [new NeedsHumanError('in-doubt', 'm'), true],
  ])('keeps the code of %s and decides who tries again', (error, nonRetryable) => {
    expect(translate(error, 'edge')).toMatchObject({ type: error.code, message: 'm', nonRetryable });
  });

  test('carries recovery, cluster and what to do next in the details', () => {
    const failure = translate(new MigrationFailedError('dump-failed', 'm', { phase: 'final-dump', next: 'Look.' }), 'edge') as ApplicationFailure;
    expect(failure.details?.[0]).toEqual({ code: 'dump-failed', recovery: 'roll-back', phase: 'final-dump', cluster: 'edge', next: 'Look.' });
  });

  test('takes what it does not know for a passing mistake', () => {
    expect(translate(new TypeError('x is undefined'), 'edge')).toMatchObject({ type: 'unexpected', nonRetryable: false, message: 'unexpected: x is undefined' });
  });

  test('leaves cancellation alone', () => {
    const cancelled = new CancelledFailure('stop');
    expect(translate(cancelled, 'edge')).toBe(cancelled);
  });

  test('happens once, at the edge', async () => {
    const act = atEdge('edge', () => Promise.reject(new RefusedError('nope', 'no')));
    await expect(act(undefined)).rejects.toMatchObject({ type: 'nope', nonRetryable: true });
  });
});
