import { describe, expect, it } from '@jest/globals';
import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import { outerPrivileges } from '../../../domain/outer-privileges';
import { options, podOf, rewritten } from './pods';

const overhead = 192 * 2 ** 20;

describe('a rewritten pod', () => {
  it('is labelled as an outer container, and keeps the words of its user', () => {
    const { pod } = rewritten(podOf({}, {}, { labels: { tier: 'front' }, annotations: { 'example.org/note': 'hello' } }));
    expect(pod.metadata?.labels).toEqual({ app: 'web', 'app.kubernetes.io/name': 'web', tier: 'front', 'carryon.io/migratable': 'true', 'carryon.io/cluster': 'cloud', 'carryon.io/service': options.service, 'carryon.io/role': 'outer' });
    expect(pod.metadata?.annotations).toMatchObject({ 'example.org/note': 'hello', 'carryon.io/intercepted': '{"container":"app"}' });
  });

  it('tells the engine what it is to run', () => {
    const { outer } = rewritten(podOf({ ports: [{ containerPort: 8080, name: 'http' }, { containerPort: 53, protocol: 'UDP' }], resources: { limits: { memory: '512Mi', cpu: '1500m' } } }));
    expect(outer).toEqual({
      id: options.service,
      name: 'web',
      image: 'registry.example.org/web:1',
      ports: [{ host: 8080, container: 8080, protocol: 'tcp' }, { host: 53, container: 53, protocol: 'udp' }],
      volumes: [],
      localVolumes: [{ name: 'web-kube-api-access-x2v9k', path: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true, bare: true }],
      memoryBytes: 512 * 2 ** 20,
      cpus: 1.5,
      restart: 'always',
    });
  });

  it.each([['Always', 'always'], ['OnFailure', 'on-failure'], ['Never', 'no'], [undefined, 'always']])('with restartPolicy %s is restarted %s', (restartPolicy, restart) => {
    expect(rewritten(podOf({}, { restartPolicy })).outer.restart).toBe(restart);
  });

  it('has the sidecar after the init containers of its user, which stay as they are', () => {
    const init: V1Container = { name: 'migrate', image: 'migrate:1', securityContext: { privileged: true }, volumeMounts: [{ name: 'node', mountPath: '/node' }] };
    const { pod } = rewritten(podOf({}, { initContainers: [init], volumes: [{ name: 'node', hostPath: { path: '/srv' } }] }));
    expect(pod.spec?.initContainers?.map(({ name, restartPolicy }) => [name, restartPolicy])).toEqual([['migrate', undefined], ['carryon', 'Always']]);
    expect(pod.spec?.initContainers?.[0]).toEqual(init);
  });

  it('keeps everything else of the pod', () => {
    const spec: Partial<V1PodSpec> = {
      imagePullSecrets: [{ name: 'registry' }], hostname: 'web-1', subdomain: 'web', setHostnameAsFQDN: true, dnsPolicy: 'None', dnsConfig: { nameservers: ['10.0.0.1'] }, hostAliases: [{ ip: '10.1.1.1', hostnames: ['db'] }],
      terminationGracePeriodSeconds: 90, activeDeadlineSeconds: 600, nodeSelector: { disk: 'fast' }, tolerations: [{ operator: 'Exists' }], priorityClassName: 'high', enableServiceLinks: false, automountServiceAccountToken: false,
      serviceAccountName: 'web', schedulerName: 'own', readinessGates: [{ conditionType: 'example.org/ready' }], affinity: { podAntiAffinity: {} }, topologySpreadConstraints: [],
      securityContext: { runAsUser: 1000, runAsGroup: 1000, runAsNonRoot: true, fsGroup: 2000, supplementalGroups: [3000], fsGroupChangePolicy: 'OnRootMismatch', seccompProfile: { type: 'RuntimeDefault' } },
    };
    expect(rewritten(podOf({}, spec)).pod.spec).toMatchObject(spec);
  });
});

describe("the user's container", () => {
  const kept: Partial<V1Container> = {
    image: 'registry.example.org/web:2', imagePullPolicy: 'Always', workingDir: '/srv', terminationMessagePath: '/tmp/end', terminationMessagePolicy: 'FallbackToLogsOnError',
    env: [{ name: 'A', value: 'x' }, { name: 'B', value: '$(A)/y' }, { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }, { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }],
    envFrom: [{ configMapRef: { name: 'settings' } }],
    ports: [{ name: 'http', containerPort: 8080, hostPort: 80 }],
    securityContext: { runAsUser: 1001, readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE', 'CAP_CHOWN'] }, seccompProfile: { type: 'RuntimeDefault' } },
  };

  it('keeps image, environment, ports and rights', () => {
    expect(rewritten(podOf(kept)).user).toMatchObject(kept);
  });

  it('is the ambassador of the command, with what kubelet expands in it', () => {
    const { user } = rewritten(podOf({ command: ['/web', '--name=$(NAME)'], args: ['serve', '$$HOME'] }));
    expect(user.command).toEqual(['/.carryon/ambassador', 'run', '--', '/web', '--name=$(NAME)']);
    expect(user.args).toEqual(['serve', '$$HOME']);
  });

  it.each([
    ['with args', ['-v'], { 'carryon.io/entrypoint': '["/entry.sh"]', 'carryon.io/command': '["serve"]' }, ['/entry.sh'], ['-v']],
    ['without args', undefined, { 'carryon.io/entrypoint': '["/entry.sh"]', 'carryon.io/command': '["serve"]' }, ['/entry.sh'], ['serve']],
    ['without an ENTRYPOINT', undefined, { 'carryon.io/entrypoint': '[]', 'carryon.io/command': '["python3","$(HOME)"]' }, [], ['python3', '$$(HOME)']],
    ['without a CMD', undefined, { 'carryon.io/entrypoint': '["/entry.sh","$A"]' }, ['/entry.sh', '$$A'], undefined],
  ])("runs the image's own program by its annotations, %s", (_, args, annotations, command, wanted) => {
    const { user } = rewritten(podOf({ command: undefined, args }, {}, { annotations }));
    expect(user.command).toEqual(['/.carryon/ambassador', 'run', '--', ...command]);
    expect(user.args).toEqual(wanted);
  });

  it('prefers its own command to the annotation', () => {
    expect(rewritten(podOf({}, {}, { annotations: { 'carryon.io/entrypoint': '["/other"]' } })).user.command?.slice(3)).toEqual(['/web']);
  });

  it('has its commands of probes and hooks run beside the application', () => {
    const exec = { command: ['cat', '/ready'] };
    const probe = { command: ['/.carryon/ambassador', 'probe', '--', 'cat', '/ready'] };
    const hook = { command: ['/.carryon/ambassador', 'exec', '--', 'cat', '/ready'] };
    const { user } = rewritten(podOf({ livenessProbe: { exec, periodSeconds: 3 }, readinessProbe: { exec }, startupProbe: { exec, failureThreshold: 9 }, lifecycle: { postStart: { exec }, preStop: { exec } } }));
    expect(user).toMatchObject({ livenessProbe: { exec: probe, periodSeconds: 3 }, readinessProbe: { exec: probe }, startupProbe: { exec: probe, failureThreshold: 9 }, lifecycle: { postStart: { exec: hook }, preStop: { exec: hook } } });
  });

  it('is probed once its application has begun, which waits for its image', () => {
    const begun = { exec: { command: ['/.carryon/ambassador', 'probe'] }, timeoutSeconds: 5, periodSeconds: 1, successThreshold: 1, failureThreshold: 600 };
    expect(rewritten(podOf({ livenessProbe: { tcpSocket: { port: 80 } } })).user.startupProbe).toEqual(begun);
    expect(rewritten(podOf({ readinessProbe: { tcpSocket: { port: 80 } } })).user.startupProbe).toEqual(begun);
    expect(rewritten(podOf()).user.startupProbe).toBeUndefined();
    expect(rewritten(podOf({ livenessProbe: { tcpSocket: { port: 80 } }, startupProbe: { tcpSocket: { port: 81 } } })).user.startupProbe).toEqual({ tcpSocket: { port: 81 } });
  });

  it('is asked at its ports as before, and those lead to the application', () => {
    const asked: Partial<V1Container> = {
      ports: [{ name: 'http', containerPort: 8080 }],
      livenessProbe: { httpGet: { path: '/', port: 'http', scheme: 'HTTPS', httpHeaders: [{ name: 'X', value: 'y' }] } },
      readinessProbe: { tcpSocket: { port: 9000 } },
      startupProbe: { grpc: { port: 9002, service: 'health' } },
      lifecycle: { postStart: { httpGet: { port: 9001, path: '/up' } }, preStop: { sleep: { seconds: 5 } } },
    };
    const { user, outer } = rewritten(podOf(asked));
    expect(user).toMatchObject(asked);
    expect(outer.ports).toEqual([8080, 9000, 9001, 9002].map((port) => ({ host: port, container: port, protocol: 'tcp' })));
  });

  it('does not publish a port that is asked for at another host', () => {
    expect(rewritten(podOf({ livenessProbe: { httpGet: { host: 'example.org', port: 443 } } })).outer.ports).toEqual([]);
  });

  it('finds the ambassador beside its own volumes', () => {
    const { user } = rewritten(podOf({ volumeMounts: [{ name: 'data', mountPath: '/data' }] }, { volumes: [{ name: 'data', emptyDir: {} }] }));
    expect(user.volumeMounts?.map(({ name, mountPath, readOnly }) => [name, mountPath, readOnly])).toEqual([
      ['data', '/data', undefined],
      ['kube-api-access-x2v9k', '/var/run/secrets/kubernetes.io/serviceaccount', true],
      ['carryon-ambassador', '/.carryon', true],
    ]);
  });
});

describe('the sidecar', () => {
  it('has the runtime module, with what it has to know', () => {
    const { sidecar, outer, pod } = rewritten(podOf());
    expect(sidecar).toMatchObject({ name: 'carryon', image: 'carryon-runtime:1', imagePullPolicy: 'IfNotPresent', restartPolicy: 'Always' });
    expect(sidecar.env).toEqual([
      { name: 'CARRYON_CLUSTER', value: 'cloud' },
      { name: 'CARRYON_SERVICE', value: options.service },
      { name: 'CARRYON_OWN', value: '/var/lib/carryon-pod' },
      { name: 'CARRYON_AMBASSADOR', value: '/var/lib/carryon-ambassador' },
      { name: 'CARRYON_SPEC', value: JSON.stringify(outer) },
    ]);
    expect(sidecar.lifecycle).toEqual({ postStart: { exec: { command: ['/opt/carryon/bin/ambassador', 'install', '/var/lib/carryon-ambassador'] } } });
    expect(sidecar.ports?.map(({ name, containerPort, protocol }) => `${name} ${containerPort}/${protocol}`)).toEqual(['carryon-api 7443/TCP', 'carryon-handoff 7444/TCP', 'carryon-tunnel 51820/UDP']);
    expect(pod.spec?.volumes?.slice(-2)).toEqual([{ name: 'carryon-state', emptyDir: {} }, { name: 'carryon-ambassador', emptyDir: {} }]);
    expect(sidecar.volumeMounts?.slice(0, 4)).toEqual([
      { name: 'carryon-state', mountPath: '/var/lib/carryon', subPath: 'state' },
      { name: 'carryon-state', mountPath: '/var/lib/carryon-images', subPath: 'images' },
      { name: 'carryon-state', mountPath: '/var/lib/carryon-pod', subPath: 'own' },
      { name: 'carryon-ambassador', mountPath: '/var/lib/carryon-ambassador' },
    ]);
  });

  it('is root with the privileges of the one list, whatever the pod says of its containers', () => {
    expect(rewritten(podOf({}, { securityContext: { runAsUser: 1000, runAsNonRoot: true } })).sidecar.securityContext).toEqual({
      runAsUser: 0, runAsGroup: 0, runAsNonRoot: false, privileged: false,
      capabilities: { drop: ['ALL'], add: outerPrivileges.capabilities.map(({ name }) => name) },
      seccompProfile: { type: 'Unconfined' }, appArmorProfile: { type: 'Unconfined' },
    });
  });

  it('starts nothing by itself where the service is elsewhere', () => {
    const { sidecar, pod } = rewritten(podOf(), { standIn: true });
    expect(sidecar.env).toContainEqual({ name: 'CARRYON_STAND_IN', value: '1' });
    expect(pod.metadata?.labels?.['carryon.io/role']).toBe('stand-in');
  });

  it("writes the specification so that kubelet's expansion gives it back", () => {
    const { sidecar, outer } = rewritten(podOf({ volumeMounts: [{ name: 'data', mountPath: '/data/$(CARRYON_CLUSTER)$' }] }, { volumes: [{ name: 'data', emptyDir: {} }] }));
    expect(sidecar.env?.find(({ name }) => name === 'CARRYON_SPEC')?.value?.replaceAll('$$', '$')).toBe(JSON.stringify(outer));
  });

  it("has the user's resources and what it takes itself; the ambassador has little", () => {
    const { sidecar, user } = rewritten(podOf({ resources: { limits: { memory: '1Gi', cpu: '2' }, requests: { memory: '256Mi', cpu: '250m', 'ephemeral-storage': '1Gi' } } }));
    expect(sidecar.resources).toEqual({ limits: { memory: String(2 ** 30 + overhead), cpu: '2' }, requests: { memory: String(2 ** 28 + overhead), cpu: '250m', 'ephemeral-storage': '1Gi' } });
    expect(user.resources).toEqual({ requests: { cpu: '5m', memory: '16Mi' }, limits: { memory: '64Mi', cpu: '100m' } });
  });

  it.each([
    [{ limits: { memory: '1Gi' } }, { memory: '64Mi' }],
    [{ limits: { cpu: '1' } }, { cpu: '100m' }],
    [{ requests: { cpu: '1' } }, undefined],
    [undefined, undefined],
  ])('limits the ambassador where the user had limits: %j', (resources, limits) => {
    const { sidecar, user, outer } = rewritten(podOf({ resources }));
    expect(user.resources?.limits).toEqual(limits);
    expect(Object.keys(sidecar.resources?.limits ?? {})).toEqual(Object.keys(limits ?? {}));
    expect([outer.memoryBytes, outer.cpus]).toEqual([limits && 'memory' in limits ? 2 ** 30 : undefined, limits && 'cpu' in limits ? 1 : undefined]);
  });
});

describe("a container's own resources in its environment", () => {
  const resources = { limits: { memory: '512Mi', cpu: '1500m' }, requests: { cpu: '250m' } };
  it.each([
    ['limits.memory', undefined, String(512 * 2 ** 20)],
    ['limits.memory', '1Mi', '512'],
    ['limits.memory', '0', String(512 * 2 ** 20)],
    ['limits.memory', '1G', '1'],
    ['limits.cpu', undefined, '2'],
    ['limits.cpu', '1m', '1500'],
    ['requests.cpu', '1m', '250'],
    ['requests.memory', undefined, '0'],
  ])('%s in units of %s is %s, as it was before', (resource, divisor, value) => {
    const { user } = rewritten(podOf({ resources, env: [{ name: 'MINE', valueFrom: { resourceFieldRef: { resource, ...(divisor !== undefined && { divisor }) } } }] }));
    expect(user.env).toEqual([{ name: 'MINE', value }]);
  });

  it("stays the node's where there is no limit, and another container's where it is that one's", () => {
    const env = [
      { name: 'NODE', valueFrom: { resourceFieldRef: { resource: 'limits.memory' } } },
      { name: 'OTHER', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', containerName: 'migrate' } } },
    ];
    expect(rewritten(podOf({ env, resources: { limits: { cpu: '1' } } })).user.env).toEqual(env);
  });
});
