import { describe, expect, it } from '@jest/globals';
import type { V1Container, V1Pod, V1PodSecurityContext, V1PodSpec, V1SecurityContext, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import { applicationCapabilities } from '../../../domain/outer-privileges';
import { offencesOf, podOf, rewritten } from './pods';

const container = (fields: Partial<V1Container>) => podOf(fields);
const spec = (fields: Partial<V1PodSpec>) => podOf({}, fields);
const secured = (fields: V1SecurityContext) => podOf({ securityContext: fields });
const podSecured = (fields: V1PodSecurityContext) => podOf({}, { securityContext: fields });
const mounted = (volume: Omit<V1Volume, 'name'>, mount: Partial<V1VolumeMount> = {}) => podOf({ volumeMounts: [{ name: 'data', mountPath: '/data', ...mount }] }, { volumes: [{ name: 'data', ...volume }] });
const labelled = (key: string) => podOf({}, {}, { labels: { [key]: 'x' } });
const annotated = (annotations: Record<string, string>, fields: Partial<V1Container> = {}) => podOf(fields, {}, { annotations });
const limited = (name: string, amount = '1') => container({ resources: { limits: { [name]: amount } } });
const ported = (port: number, protocol?: string, name?: string) => container({ ports: [{ containerPort: port, protocol, name }] });
const sleeping: V1Container = { name: 'other', image: 'busybox' };

const c = 'spec.containers[0]';
const table: [string, V1Pod][] = [
  [`${c}.securityContext.privileged`, secured({ privileged: true })],
  [`${c}.securityContext.capabilities.add[1]`, secured({ capabilities: { add: ['CHOWN', 'SYS_ADMIN'] } })],
  [`${c}.securityContext.capabilities.add[0]`, secured({ capabilities: { add: ['ALL'] } })],
  [`${c}.securityContext.capabilities.add[0]`, secured({ capabilities: { add: ['CAP_NET_ADMIN'] } })],
  [`${c}.securityContext.procMount`, secured({ procMount: 'Unmasked' })],
  [`${c}.securityContext.seLinuxOptions`, secured({ seLinuxOptions: { level: 's0:c1,c2' } })],
  [`${c}.securityContext.windowsOptions`, secured({ windowsOptions: { runAsUserName: 'web' } })],
  [`${c}.securityContext.seccompProfile`, secured({ seccompProfile: { type: 'Localhost', localhostProfile: 'web.json' } })],
  [`${c}.securityContext.seccompProfile`, secured({ seccompProfile: { type: 'Unconfined' } })],
  [`${c}.securityContext.appArmorProfile`, secured({ appArmorProfile: { type: 'Localhost', localhostProfile: 'web' } })],
  ['spec.securityContext.seLinuxOptions', podSecured({ seLinuxOptions: { level: 's0' } })],
  ['spec.securityContext.windowsOptions', podSecured({ windowsOptions: {} })],
  ['spec.securityContext.seccompProfile', podSecured({ seccompProfile: { type: 'Localhost', localhostProfile: 'web.json' } })],
  ['spec.securityContext.seccompProfile', podSecured({ seccompProfile: { type: 'Unconfined' } })],
  ['spec.securityContext.appArmorProfile', podSecured({ appArmorProfile: { type: 'Localhost', localhostProfile: 'web' } })],
  ['spec.securityContext.sysctls', podSecured({ sysctls: [{ name: 'net.core.somaxconn', value: '1024' }] })],
  ['metadata.annotations[container.apparmor.security.beta.kubernetes.io/app]', annotated({ 'container.apparmor.security.beta.kubernetes.io/app': 'localhost/web' })],
  ['spec.hostNetwork', spec({ hostNetwork: true })],
  ['spec.hostPID', spec({ hostPID: true })],
  ['spec.hostIPC', spec({ hostIPC: true })],
  ['spec.hostUsers', spec({ hostUsers: false })],
  ['spec.shareProcessNamespace', spec({ shareProcessNamespace: true })],
  ['spec.runtimeClassName', spec({ runtimeClassName: 'gvisor' })],
  ['spec.resourceClaims', spec({ resourceClaims: [{ name: 'gpu' }] })],
  ['spec.resources', spec({ resources: { limits: { memory: '1Gi' } } })],
  ['spec.os.name', spec({ os: { name: 'windows' } })],
  ['spec.containers[1]', spec({ containers: [sleeping] })],
  ['spec.initContainers[0].restartPolicy', spec({ initContainers: [{ ...sleeping, restartPolicy: 'Always' }] })],
  ['spec.initContainers[0].name', spec({ initContainers: [{ ...sleeping, name: 'carryon' }] })],
  [`${c}.name`, container({ name: 'carryon' })],
  [`${c}.stdin`, container({ stdin: true })],
  [`${c}.tty`, container({ tty: true })],
  [`${c}.volumeDevices`, container({ volumeDevices: [{ name: 'disk', devicePath: '/dev/xvda' }] })],
  [`${c}.restartPolicy`, container({ restartPolicy: 'Never' })],
  [`${c}.restartPolicyRules`, container({ restartPolicyRules: [{ action: 'Restart' }] })],
  [`${c}.lifecycle.stopSignal`, container({ lifecycle: { stopSignal: 'SIGQUIT' } })],
  [`${c}.resizePolicy`, container({ resizePolicy: [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }] })],
  [`${c}.ports[0].containerPort`, ported(7443)],
  [`${c}.ports[0].containerPort`, ported(7444, 'TCP')],
  [`${c}.ports[0].containerPort`, ported(51820, 'UDP')],
  [`${c}.ports[0].protocol`, ported(9000, 'SCTP')],
  [`${c}.ports[0].name`, ported(9000, 'TCP', 'carryon-api')],
  [`${c}.resources.limits[nvidia.com/gpu]`, limited('nvidia.com/gpu')],
  [`${c}.resources.limits[hugepages-2Mi]`, limited('hugepages-2Mi', '4Mi')],
  [`${c}.resources.limits[ephemeral-storage]`, limited('ephemeral-storage', '1Gi')],
  [`${c}.resources.requests[example.org/device]`, container({ resources: { requests: { 'example.org/device': '1' } } })],
  [`${c}.resources.claims`, container({ resources: { claims: [{ name: 'gpu' }] } })],
  ['spec.volumes[0].hostPath', mounted({ hostPath: { path: '/srv' } })],
  ['spec.volumes[0].csi', mounted({ csi: { driver: 'secrets.example.org' } })],
  ['spec.volumes[0].image', mounted({ image: { reference: 'files:1' } })],
  ['spec.volumes[0].flexVolume', mounted({ flexVolume: { driver: 'own' } })],
  ['spec.volumes[0].emptyDir.medium', mounted({ emptyDir: { medium: 'HugePages-2Mi' } })],
  ['spec.volumes[0].downwardAPI.items[0].resourceFieldRef', mounted({ downwardAPI: { items: [{ path: 'limit', resourceFieldRef: { containerName: 'app', resource: 'limits.memory' } }] } })],
  ['spec.volumes[0].projected.sources[1].downwardAPI.items[0].resourceFieldRef', mounted({ projected: { sources: [{ configMap: { name: 'a' } }, { downwardAPI: { items: [{ path: 'limit', resourceFieldRef: { containerName: 'app', resource: 'limits.memory' } }] } }] } })],
  ['spec.volumes[0].name', spec({ volumes: [{ name: 'carryon-state', emptyDir: {} }] })],
  [`${c}.volumeMounts[0].mountPropagation`, mounted({ emptyDir: {} }, { mountPropagation: 'Bidirectional' })],
  [`${c}.volumeMounts[0].subPathExpr`, mounted({ emptyDir: {} }, { subPathExpr: '$(POD_NAME)' })],
  [`${c}.volumeMounts[0].mountPath`, mounted({ emptyDir: {} }, { mountPath: '/.carryon' })],
  [`${c}.volumeMounts[0].mountPath`, mounted({ emptyDir: {} }, { mountPath: '/.carryon/mine' })],
  ['metadata.labels[carryon.io/service]', labelled('carryon.io/service')],
  ['metadata.labels[carryon.io/cluster]', labelled('carryon.io/cluster')],
  ['metadata.labels[carryon.io/role]', labelled('carryon.io/role')],
  ['metadata.annotations[carryon.io/spec]', annotated({ 'carryon.io/spec': '{}' })],
  ['metadata.annotations[carryon.io/intercepted]', annotated({ 'carryon.io/intercepted': '{"container":"app"}' })],
  [`${c}.command`, container({ command: undefined })],
  [`${c}.command`, container({ command: [], args: ['serve'] })],
  ['metadata.annotations[carryon.io/entrypoint]', annotated({ 'carryon.io/entrypoint': '/entry.sh' }, { command: undefined })],
  ['metadata.annotations[carryon.io/entrypoint]', annotated({ 'carryon.io/entrypoint': '[1]' }, { command: undefined })],
  ['metadata.annotations[carryon.io/entrypoint]', annotated({ 'carryon.io/entrypoint': '[]' }, { command: undefined })],
  ['metadata.annotations[carryon.io/command]', annotated({ 'carryon.io/entrypoint': '["/a"]', 'carryon.io/command': '{}' }, { command: undefined })],
];

describe('refused with the path of the field and what to do', () => {
  it.each(table)('%s', (path, pod) => {
    const offences = offencesOf(pod);
    expect(offences.map((offence) => offence.path)).toEqual([path]);
    expect(offences[0]?.reason).toMatch(/leave |use |choose |give |only |set it|write it|have them|take them/);
  });

  it('all fields at once', () => {
    expect(offencesOf(podOf({ tty: true, securityContext: { privileged: true } }, { hostNetwork: true })).map(({ path }) => path)).toEqual(['spec.hostNetwork', 'spec.containers[0].tty', 'spec.containers[0].securityContext.privileged']);
  });
});

describe('not refused', () => {
  it.each<[string, V1Pod]>([
    ['what is said to be off', podOf({ tty: false, stdin: false, securityContext: { privileged: false, procMount: 'Default' } }, { hostNetwork: false, hostPID: false, hostIPC: false, hostUsers: true, shareProcessNamespace: false, os: { name: 'linux' } })],
    ['all capabilities of an ordinary container', secured({ capabilities: { add: applicationCapabilities } })],
    ['any capability dropped', secured({ capabilities: { drop: ['SYS_ADMIN', 'ALL'] } })],
    ['the default profiles', secured({ seccompProfile: { type: 'RuntimeDefault' }, appArmorProfile: { type: 'RuntimeDefault' } })],
    ['a volume of the node that only an init container sees', spec({ volumes: [{ name: 'node', hostPath: { path: '/srv' } }], initContainers: [{ ...sleeping, volumeMounts: [{ name: 'node', mountPath: '/srv' }] }] })],
    ['mounts that begin like ours', mounted({ emptyDir: {} }, { mountPath: '/.carryon-mine', mountPropagation: 'None' })],
    ["the engine's port numbers with the other protocol", container({ ports: [{ containerPort: 7443, protocol: 'UDP' }, { containerPort: 51820 }] })],
    ['the resize policy that the API server fills in', container({ resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }] })],
  ])('%s', (_, pod) => {
    expect(offencesOf(pod)).toEqual([]);
    expect(rewritten(pod).sidecar.name).toBe('carryon');
  });

  it('a pod without containers, which the API server refuses itself', () => {
    const pod: V1Pod = { metadata: {}, spec: { containers: [] } };
    expect(offencesOf(pod)).toEqual([]);
  });
});
