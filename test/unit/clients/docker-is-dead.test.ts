import { expect, test } from '@jest/globals';
import { hasNoProcess } from '../../../clients/orchestrators/docker/is-dead';
import { outerLabels, readOuter } from '../../../clients/orchestrators/docker/labels';
import { spec } from '../../fakes/facts';

test.each([
  ['has ended', { Running: false, Paused: false, Restarting: false, Pid: 0 }, true],
  ['is about to be started again', { Running: true, Paused: false, Restarting: true, Pid: 0 }, true],
  ['runs', { Running: true, Paused: false, Restarting: false, Pid: 4711 }, false],
  ['is paused', { Running: true, Paused: true, Restarting: false, Pid: 4711 }, false],
  ['is paused, whatever else the daemon says', { Running: false, Paused: true, Restarting: false, Pid: 0 }, false],
  ['has a process by its number', { Running: false, Paused: false, Restarting: false, Pid: 4711 }, false],
])('a container that %s: is it dead?', (_, state, dead) => {
  expect(hasNoProcess(state)).toBe(dead);
});

test.each([
  ['running', true],
  ['paused', true],
  ['exited', false],
  ['created', false],
])('an outer container that the daemon calls %s: is something in it?', (State, running) => {
  const Labels = outerLabels('edge', spec(), { api: 1, handoff: 2, tunnel: 3 });
  expect(readOuter({ Id: 'c', Labels, State, Status: '', Created: 0 }, 'edge.example')?.running).toBe(running);
});
