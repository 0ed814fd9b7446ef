import { describe, expect, it } from '@jest/globals';
import type { V1Container, V1Pod } from '@kubernetes/client-node';
import { offencesOf, options, podOf, rewritten } from './pods';

const rich = (): V1Pod =>
  podOf(
    {
      args: ['serve', '$(A)'],
      env: [{ name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'limits.memory' } } }],
      resources: { limits: { memory: '1Gi', cpu: '1' }, requests: { memory: '512Mi', cpu: '100m' } },
      livenessProbe: { exec: { command: ['true'] } },
      lifecycle: { preStop: { exec: { command: ['stop'] } } },
      volumeMounts: [{ name: 'data', mountPath: '/data', subPath: 'x' }],
    },
    { initContainers: [{ name: 'first', image: 'busybox' }], volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] },
    { annotations: { 'example.org/note': 'x' } },
  );
const byAnnotation = (): V1Pod => podOf({ command: undefined }, {}, { annotations: { 'carryon.io/entrypoint': '["/entry.sh","$A"]', 'carryon.io/command': '["serve"]' } });

/** As the ServiceAccount plugin does when it is asked again. */
const withToken = (pod: V1Pod): V1Pod => {
  const mount = { name: 'kube-api-access-x2v9k', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true };
  return changed(pod, (container) => (container.name === 'carryon' ? { ...container, volumeMounts: [...(container.volumeMounts ?? []), mount] } : container));
};
const changed = (pod: V1Pod, change: (container: V1Container) => V1Container): V1Pod =>
  pod.spec ? { ...pod, spec: { ...pod.spec, containers: pod.spec.containers.map(change), initContainers: pod.spec.initContainers?.map(change) } } : pod;

describe('a pod that was rewritten before', () => {
  it.each([['rich', rich], ['by annotation', byAnnotation], ['plain', () => podOf()]])('comes out the same: %s', (_, make) => {
    const once = rewritten(make()).pod;
    expect(rewritten(once).pod).toEqual(once);
    expect(rewritten(withToken(once)).pod).toEqual(once);
  });

  it('does not claim to be the same service, as it may be a copy of a running one', () => {
    const { pod, outer, sidecar } = rewritten(rewritten(rich()).pod, { service: '11111111-1111-4111-8111-111111111111' });
    expect(JSON.stringify(pod)).not.toContain(options.service);
    expect([pod.metadata?.labels?.['carryon.io/service'], outer.id, sidecar.env?.find(({ name }) => name === 'CARRYON_SERVICE')?.value]).toEqual(Array(3).fill('11111111-1111-4111-8111-111111111111'));
  });

  it('has a volume and a probe that others have added since where the application runs', () => {
    const once = rewritten(podOf()).pod;
    const added = changed(once, (container) => (container.name === 'app' ? { ...container, volumeMounts: [...(container.volumeMounts ?? []), { name: 'certificates', mountPath: '/certificates' }], readinessProbe: { exec: { command: ['ready'] } } } : container));
    added.spec?.volumes?.push({ name: 'certificates', secret: { secretName: 'certificates' } });
    const { sidecar, user, outer } = rewritten(added);
    expect(sidecar.volumeMounts).toContainEqual({ name: 'certificates', mountPath: '/local-volumes/web-certificates' });
    expect(outer.localVolumes).toContainEqual({ name: 'web-certificates', path: '/certificates', bare: true });
    expect(user.readinessProbe?.exec?.command).toEqual(['/.carryon/ambassador', 'probe', '--', 'ready']);
  });

  it('is the ambassador also of a command that others have put in its place', () => {
    const once = rewritten(podOf()).pod;
    const { user } = rewritten(changed(once, (container) => (container.name === 'app' ? { ...container, command: ['/wrapper', '/web'] } : container)));
    expect(user.command).toEqual(['/.carryon/ambassador', 'run', '--', '/wrapper', '/web']);
  });

  it.each<[string, (pod: V1Pod) => void]>([
    ['spec.containers[1]', (pod) => pod.spec?.containers.push({ name: 'proxy', image: 'proxy' })],
    ['spec.containers[0]', (pod) => pod.spec?.containers.unshift({ name: 'proxy', image: 'proxy' })],
    ['spec.initContainers[0].restartPolicy', (pod) => pod.spec?.initContainers?.push({ name: 'proxy', image: 'proxy', restartPolicy: 'Always' })],
    ['spec.hostNetwork', (pod) => pod.spec && (pod.spec.hostNetwork = true)],
  ])('is refused for what others have added: %s', (path, add) => {
    const pod = structuredClone(rewritten(podOf()).pod);
    add(pod);
    expect(offencesOf(pod).map((offence) => offence.path)).toEqual([path]);
  });
});
