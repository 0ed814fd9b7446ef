import { describe, expect, it } from '@jest/globals';
import type { V1ContainerState, V1Pod } from '@kubernetes/client-node';
import { exitCodeOf, isComplete, isOver, isStarted, troubleOf } from '../../../clients/orchestrators/kubernetes/pod-state';

const pod = (state: V1ContainerState, lastState: V1ContainerState = {}, phase = 'Running'): V1Pod => ({
  status: { phase, containerStatuses: [{ name: 'carryon', state, lastState, image: '', imageID: '', ready: true, restartCount: 0 }] },
});
const ended = { terminated: { exitCode: 137, reason: 'OOMKilled' } };
const running = { running: {} };

describe('what keeps a pod from running', () => {
  it.each([
    ['an image that is not there', pod({ waiting: { reason: 'ErrImageNeverPull', message: 'no such image' } }), { reason: 'ErrImageNeverPull', message: 'no such image', final: true }],
    ['a start that was tried', pod({ waiting: { reason: 'ErrImagePull', message: 'again' } }), { reason: 'ErrImagePull', message: 'again', final: false }],
    ['no node', { status: { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' }] } }, { reason: 'Unschedulable', message: '0/1 nodes', final: false }],
    ['its end', pod(ended, {}, 'Failed'), { reason: 'OOMKilled', message: 'it ended with code 137', final: true }],
    ['an end after which it is started again', pod(ended), { reason: 'OOMKilled', message: 'it ended with code 137', final: false }],
  ])('%s', (_what, given, wanted) => {
    expect(troubleOf(given)).toEqual(wanted);
  });

  it.each([['it runs', pod(running)], ['it is being made', pod({ waiting: { reason: 'ContainerCreating' } })]])('nothing, when %s', (_what, given) => {
    expect(troubleOf(given)).toBeUndefined();
  });
});

it('has started when its container runs and it is not being removed', () => {
  expect(isStarted(pod(running))).toBe(true);
  expect(isStarted({ ...pod(running), metadata: { deletionTimestamp: new Date() } })).toBe(false);
  expect(isStarted(pod(ended))).toBe(false);
});

it('is over when it is not started again, and tells its code', () => {
  expect(isOver(pod(ended, {}, 'Failed'))).toBe(true);
  expect(isOver(pod(ended))).toBe(false);
  expect(exitCodeOf(pod(ended))).toBe(137);
});

describe('a pod that the interceptor has rewritten', () => {
  const rewritten = (ambassador: V1ContainerState): V1Pod => ({
    metadata: { annotations: { 'carryon.io/intercepted': JSON.stringify({ container: 'main' }) } },
    status: {
      phase: 'Running',
      initContainerStatuses: [{ name: 'carryon', state: running, image: '', imageID: '', ready: true, restartCount: 0 }],
      containerStatuses: [{ name: 'main', state: ambassador, image: '', imageID: '', ready: true, restartCount: 0 }],
    },
  });

  it('is complete when the container of its user runs as well', () => {
    expect(isComplete(rewritten(running))).toBe(true);
    expect(isStarted(rewritten({ waiting: { reason: 'PodInitializing' } }))).toBe(true);
    expect(isComplete(rewritten({ waiting: { reason: 'PodInitializing' } }))).toBe(false);
    expect(isComplete(pod(running))).toBe(true);
  });

  it('tells what that lacks', () => {
    const lacking = { waiting: { reason: 'CreateContainerConfigError', message: 'secret "word" not found' } };
    expect(troubleOf(rewritten(lacking))).toEqual({ reason: 'CreateContainerConfigError', message: 'secret "word" not found', final: true });
    expect(troubleOf(rewritten(running))).toBeUndefined();
  });
});
