import { describe, expect, it } from '@jest/globals';
import type { V1ContainerState, V1Pod } from '@kubernetes/client-node';
import { isRecent, killsOf } from '../../../operator/out-of-memory';

const finishedAt = new Date('2026-01-01T00:00:00Z');
const pod = (lastState: V1ContainerState, state: V1ContainerState = { running: {} }): V1Pod => ({
  status: { containerStatuses: [{ name: 'main', image: '', imageID: '', ready: true, restartCount: 1, state, lastState }] },
});
const end = (reason: string, message?: string, containerID = 'containerd://1'): V1ContainerState => ({ terminated: { exitCode: 137, reason, containerID, finishedAt, ...(message !== undefined && { message }) } });

describe('an end for want of memory', () => {
  it.each([
    ["in the ambassador's words", pod(end('Error', 'OOMKilled: the application needed more memory than its limit'))],
    ["in kubelet's", pod(end('OOMKilled'))],
    ['of a pod that is over', pod({}, end('OOMKilled'))],
  ])('is told %s', (_what, given) => {
    expect(killsOf(given)).toEqual([{ container: 'main', id: 'containerd://1', at: finishedAt }]);
  });

  it('is each one of several, and no other end is', () => {
    expect(killsOf(pod(end('OOMKilled', undefined, 'containerd://1'), end('OOMKilled', undefined, 'containerd://2'))).map(({ id }) => id)).toEqual(['containerd://2', 'containerd://1']);
    expect(killsOf(pod(end('Error', 'killed')))).toEqual([]);
    expect(killsOf({})).toEqual([]);
  });

  it('is not told again when its event is no longer kept', () => {
    const [kill] = killsOf(pod(end('OOMKilled')));
    if (!kill) throw new Error('no kill');
    expect(isRecent(kill, finishedAt.getTime() + 10 * 60_000)).toBe(true);
    expect(isRecent(kill, finishedAt.getTime() + 60 * 60_000)).toBe(false);
  });
});
