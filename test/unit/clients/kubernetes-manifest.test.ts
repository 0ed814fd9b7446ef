import { describe, expect, it } from '@jest/globals';
import type { V1Pod, V1PodSpec, V1StatefulSet } from '@kubernetes/client-node';
import { applicationService, claimNames, engineService, workload } from '../../../clients/orchestrators/kubernetes/manifest';
import { objectName } from '../../../clients/orchestrators/kubernetes/names';
import { outerPrivileges } from '../../../domain/outer-privileges';
import { spec } from '../../fakes/facts';

const given = (more = {}) => ({ cluster: 'kube', namespace: 'prod', image: 'carryon-runtime', spec: spec({ id: 'service-1', name: 'cache', restart: 'always', ports: [{ host: 30379, container: 6379, protocol: 'tcp' }, { host: 53, container: 5353, protocol: 'udp' }], volumes: [{ name: 'Data_1', path: '/data' }], ...more }) });

const podOf = (object: V1StatefulSet | V1Pod): V1PodSpec => {
  const found = object.kind === 'Pod' ? (object as V1Pod).spec : (object as V1StatefulSet).spec?.template.spec;
  if (!found) throw new Error('no pod');
  return found;
};

describe('names of objects', () => {
  it.each([
    ['cache', 'cache'],
    ['My_Cache', /^my-cache-[0-9a-f]{6}$/],
    ['9lives', /^lives-[0-9a-f]{6}$/],
    ['é', /^service-[0-9a-f]{6}$/],
    ['x'.repeat(60), /^x{40}-[0-9a-f]{6}$/],
  ])('%s', (name, wanted) => {
    expect(objectName(name)).toMatch(wanted instanceof RegExp ? wanted : new RegExp(`^${wanted}$`));
  });

  it('are not shared by names that look alike', () => {
    expect(objectName('My_Cache')).not.toBe(objectName('my-cache'));
  });
});

describe('the outer container', () => {
  it.each([
    ['always', 'StatefulSet', undefined],
    ['unless-stopped', 'StatefulSet', undefined],
    ['on-failure', 'Pod', 'OnFailure'],
    ['no', 'Pod', 'Never'],
  ] as const)('with the restart policy %s is a %s', (restart, kind, policy) => {
    const object = workload(given({ restart }));
    expect(object.kind).toBe(kind);
    expect(podOf(object).restartPolicy).toBe(policy);
  });

  it('has the privileges of the one list and no others', () => {
    const pod = podOf(workload(given()));
    expect(pod).not.toMatchObject({ hostNetwork: true });
    expect(pod.volumes?.filter(({ hostPath }) => hostPath)).toEqual([]);
    expect(pod.automountServiceAccountToken).toBe(false);
    const { privileged, capabilities } = pod.containers[0]?.securityContext ?? {};
    expect(privileged).toBeUndefined();
    expect(capabilities).toEqual({ drop: ['ALL'], add: outerPrivileges.capabilities.map(({ name }) => name) });
  });

  it('names its arrival only when it was made for one', () => {
    const named = (arrival?: string) => podOf(workload({ ...given(), arrival })).containers[0]?.env?.find(({ name }) => name === 'CARRYON_ARRIVAL')?.value;
    expect(named('one')).toBe('one');
    expect(named()).toBeUndefined();
  });

  it('mounts every volume that it claims', () => {
    const pod = podOf(workload(given()));
    const claims = pod.volumes?.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);
    expect(claims).toEqual(claimNames(given().spec));
    expect(new Set(pod.containers[0]?.volumeMounts?.map(({ name }) => name))).toEqual(new Set(pod.volumes?.map(({ name }) => name)));
    expect(pod.containers[0]?.volumeMounts?.map(({ mountPath }) => mountPath)).toContain('/volumes/Data_1');
  });

  it('gets its limits on top of what the engine takes', () => {
    const limits = podOf(workload(given({ memoryBytes: 2 ** 28, cpus: 1.5 }))).containers[0]?.resources?.limits;
    expect(Number(limits?.memory)).toBeGreaterThan(2 ** 28);
    expect(limits?.cpu).toBe('1.5');
    expect(podOf(workload(given())).containers[0]?.resources).toEqual({});
  });
});

describe('ports', () => {
  it('of the service in the range of node ports are node ports, others get one', () => {
    expect(applicationService(given(), 'NodePort')?.spec?.ports).toEqual([
      { name: 'tcp-30379', port: 30379, targetPort: 6379, protocol: 'TCP', nodePort: 30379 },
      { name: 'udp-53', port: 53, targetPort: 5353, protocol: 'UDP' },
    ]);
  });

  it('are inside the cluster only, when that is asked', () => {
    expect(applicationService(given(), 'ClusterIP')?.spec?.ports?.[0]).not.toHaveProperty('nodePort');
  });

  it('that are none need no Service', () => {
    expect(applicationService(given({ ports: [] }), 'NodePort')).toBeUndefined();
  });

  it('of the engine are reached before it is ready for anything else', () => {
    expect(engineService(given()).spec).toMatchObject({ type: 'NodePort', publishNotReadyAddresses: true });
  });
});
