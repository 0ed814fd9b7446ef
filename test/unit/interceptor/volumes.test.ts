import { describe, expect, it } from '@jest/globals';
import type { V1Volume } from '@kubernetes/client-node';
import { podOf, rewritten } from './pods';

const own = ['carryon-state', 'carryon-ambassador', 'kube-api-access-x2v9k'];

function mirrored(volume: Omit<V1Volume, 'name'>, mount: { readOnly?: boolean; subPath?: string; recursiveReadOnly?: string } = {}) {
  const { sidecar, outer, pod } = rewritten(podOf({ volumeMounts: [{ name: 'data', mountPath: '/data', ...mount }] }, { volumes: [{ name: 'data', ...volume }] }));
  expect(pod.spec?.volumes).toContainEqual({ name: 'data', ...volume });
  return { mounts: sidecar.volumeMounts?.filter(({ name }) => !own.includes(name)), volume: (outer.volumes as unknown[])[0], local: (outer.localVolumes as { name: string }[]).filter(({ name }) => !own.includes(name.replace(/^web-/, '')))[0] };
}

describe('a volume of the user is mounted in the sidecar as well', () => {
  it.each<[Omit<V1Volume, 'name'>]>([
    [{ persistentVolumeClaim: { claimName: 'data' } }],
    [{ emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } }],
    [{ ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'] } } } }],
    [{ nfs: { server: 'files.example.org', path: '/data' } }],
  ])('and moves: %j', (volume) => {
    expect(mirrored(volume)).toEqual({ mounts: [{ name: 'data', mountPath: '/volumes/web-data' }], volume: { name: 'web-data', path: '/data', bare: true } });
  });

  it.each<[Omit<V1Volume, 'name'>]>([
    [{ configMap: { name: 'settings' } }],
    [{ secret: { secretName: 'password', defaultMode: 0o400 } }],
    [{ projected: { sources: [{ configMap: { name: 'settings' } }] } }],
    [{ downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } }],
  ])("and is each cluster's own: %j", (volume) => {
    expect(mirrored(volume)).toEqual({ mounts: [{ name: 'data', mountPath: '/local-volumes/web-data' }], local: { name: 'web-data', path: '/data', bare: true } });
  });

  it('with its subPath, and read-only where it is', () => {
    expect(mirrored({ emptyDir: {} }, { subPath: 'a/b', readOnly: true, recursiveReadOnly: 'IfPossible' })).toEqual({
      mounts: [{ name: 'data', mountPath: '/volumes/web-data', subPath: 'a/b', readOnly: true, recursiveReadOnly: 'IfPossible' }],
      volume: { name: 'web-data', path: '/data', readOnly: true, bare: true },
    });
  });

  it('read-only where the claim says so', () => {
    expect(mirrored({ persistentVolumeClaim: { claimName: 'data', readOnly: true } }).volume).toEqual({ name: 'web-data', path: '/data', readOnly: true, bare: true });
  });

  it('once for each of its mounts, by a name of its own', () => {
    const { sidecar, outer } = rewritten(
      podOf(
        { volumeMounts: [{ name: 'data', mountPath: '/a', subPath: 'a' }, { name: 'data', mountPath: '/b', subPath: 'b' }, { name: 'data-2', mountPath: '/c' }, { name: 'data', mountPath: '/d', subPath: 'd' }] },
        { volumes: [{ name: 'data', emptyDir: {} }, { name: 'data-2', emptyDir: {} }] },
      ),
    );
    const mounts = sidecar.volumeMounts?.filter(({ name }) => !own.includes(name)).map(({ name, subPath, mountPath }) => [name, subPath, mountPath]);
    expect(mounts).toEqual([['data', 'a', '/volumes/web-data'], ['data', 'b', '/volumes/web-data-3'], ['data-2', undefined, '/volumes/web-data-2'], ['data', 'd', '/volumes/web-data-4']]);
    expect((outer.volumes as { name: string; path: string }[]).slice(0, 4).map(({ name, path }) => [name, path])).toEqual([['web-data', '/a'], ['web-data-3', '/b'], ['web-data-2', '/c'], ['web-data-4', '/d']]);
  });
});
