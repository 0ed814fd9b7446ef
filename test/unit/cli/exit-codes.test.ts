import { expect, test } from '@jest/globals';
import { ConfigError } from '../../../clients/config';
import { exitCodeOfError, exitCodeOfOutcome } from '../../../cli/exit-codes';
import { UsageError } from '../../../cli/usage-error';
import { CarryonError, MigrationFailedError, NeedsHumanError, RefusedError, UnavailableError } from '../../../domain/errors';

test.each([
  ['committed', 0],
  ['refused', 3],
  ['rolled-back', 4],
  ['needs-human', 5],
  ['resumed', 7],
] as const)('a migration that ended %s exits with %d', (outcome, code) => {
  expect(exitCodeOfOutcome(outcome)).toBe(code);
});

test.each([
  ['a wrong command line', new UsageError('x', 'y'), 2],
  ['a wrong configuration', new ConfigError('config-invalid', 'x', 'y'), 2],
  ['a refusal', new RefusedError('name-taken', 'x'), 3],
  ['something that needs a human', new NeedsHumanError('in-doubt', 'x'), 5],
  ['an abort after the commit', new CarryonError('x', { code: 'committed', recovery: 'roll-forward' }), 6],
  ['an orchestrator that does not answer', new UnavailableError('docker-unreachable', 'x'), 1],
  ['a container that did not start', new MigrationFailedError('outer-container-ended', 'x'), 1],
  ['a programming error', new TypeError('x'), 1],
])('%s exits with its own code', (_case, error, code) => {
  expect(exitCodeOfError(error)).toBe(code);
});
