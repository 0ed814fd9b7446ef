import type { V1Container, V1PersistentVolumeClaim, V1Pod, V1PodSpec, V1Service, V1ServicePort, V1StatefulSet, V1Volume } from '@kubernetes/client-node';
import { outerOverheadBytes } from '../../../domain/defaults';
import { enginePort, handoffPort, serviceVolume, tunnelPort } from '../../../domain/names';
import { outerPrivileges } from '../../../domain/outer-privileges';
import type { OuterSpec } from '../../../domain/service';
import { containerName, engineServiceName, keys, labelsOf, objectName } from './names';

export interface Manifest {
  cluster: string;
  namespace: string;
  image: string;
  spec: OuterSpec;
  /** Of one deployment for an arrival: an engine forsakes its past once for each. */
  arrival?: string;
}

/** Range from which an API server gives node ports, unless it was told otherwise. */
const nodePorts = { first: 30_000, last: 32_767 };
export const graceSeconds = 30;
/** Kubelet makes a new container for each restart: what ends with the pod, and not before, is here. */
const ownDirectory = '/var/lib/carryon-pod';

/** What Kubernetes always starts again has an object that does so; what may end is a pod that shows it. */
export const isKept = ({ restart }: OuterSpec) => restart === 'always' || restart === 'unless-stopped';

/** At most one pod of a StatefulSet runs at a time, also when a node is silent: a Deployment would start a second one. */
export function workload(manifest: Manifest): V1StatefulSet | V1Pod {
  const { cluster, namespace, spec } = manifest;
  const metadata = { name: objectName(spec.name), namespace, labels: labelsOf(cluster, spec), annotations: { [keys.spec]: JSON.stringify(spec) } };
  const pod = { labels: labelsOf(cluster, spec, 'outer'), annotations: metadata.annotations };
  if (!isKept(spec)) return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, ...pod }, spec: { ...podSpec(manifest), restartPolicy: spec.restart === 'no' ? 'Never' : 'OnFailure' } };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata,
    spec: {
      replicas: 1,
      serviceName: engineServiceName(spec),
      selector: { matchLabels: { [keys.service]: spec.id, [keys.role]: 'outer' } },
      template: { metadata: pod, spec: podSpec(manifest) },
    },
  };
}

function podSpec({ cluster, image, spec, arrival }: Manifest): V1PodSpec {
  const container: V1Container = {
    name: containerName,
    image,
    imagePullPolicy: 'IfNotPresent',
    env: [
      { name: 'CARRYON_CLUSTER', value: cluster },
      { name: 'CARRYON_SERVICE', value: spec.id },
      { name: 'CARRYON_OWN', value: ownDirectory },
      ...(arrival === undefined ? [] : [{ name: 'CARRYON_ARRIVAL', value: arrival }]),
    ],
    ports: [
      { name: 'engine', containerPort: enginePort, protocol: 'TCP' },
      { name: 'handoff', containerPort: handoffPort, protocol: 'TCP' },
      { name: 'tunnel', containerPort: tunnelPort, protocol: 'UDP' },
    ],
    securityContext: {
      capabilities: { drop: ['ALL'], add: outerPrivileges.capabilities.map(({ name }) => name) },
      seccompProfile: { type: 'Unconfined' },
      appArmorProfile: { type: 'Unconfined' },
    },
    resources: resources(spec),
    volumeMounts: [
      { name: 'state', mountPath: '/var/lib/carryon', subPath: 'state' },
      // A pod that is made anew, on whatever node, starts the service from it.
      { name: 'state', mountPath: '/var/lib/carryon-images', subPath: 'images' },
      { name: 'own', mountPath: ownDirectory },
      ...spec.volumes.map(({ name }) => ({ name: volumeName(name), mountPath: `/volumes/${name}` })),
    ],
  };
  return { automountServiceAccountToken: false, enableServiceLinks: false, terminationGracePeriodSeconds: graceSeconds, containers: [container], volumes: volumes(spec) };
}

/** The application gets all of its limits; what the engine takes comes on top. */
function resources({ memoryBytes, cpus }: OuterSpec): V1Container['resources'] {
  const limits = { ...(memoryBytes !== undefined && { memory: String(memoryBytes + outerOverheadBytes) }), ...(cpus !== undefined && { cpu: String(cpus) }) };
  return Object.keys(limits).length > 0 ? { limits } : {};
}

const volumeName = (name: string) => `volume-${objectName(name)}`;

function volumes(spec: OuterSpec): V1Volume[] {
  return [
    { name: 'state', persistentVolumeClaim: { claimName: serviceVolume(spec.id) } },
    { name: 'own', emptyDir: {} },
    ...spec.volumes.map(({ name }) => ({ name: volumeName(name), persistentVolumeClaim: { claimName: objectName(name) } })),
  ];
}

/** The engine's own volume first, then those of the user. */
export const claimNames = (spec: OuterSpec) => [serviceVolume(spec.id), ...spec.volumes.map(({ name }) => objectName(name))];

export function claim({ cluster, namespace, spec }: Manifest, name: string, { storageClass, volumeSize }: { storageClass?: string; volumeSize: string }): V1PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace, labels: labelsOf(cluster, spec) },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: volumeSize } }, ...(storageClass !== undefined && { storageClassName: storageClass }) },
  };
}

/** How coordinators and the other cluster's engine come in; the API server chooses the node ports. */
export function engineService({ cluster, namespace, spec }: Manifest, name = engineServiceName(spec)): V1Service {
  // By number: a rewritten pod has other names for them.
  const port = (purpose: string, number: number, protocol: 'TCP' | 'UDP'): V1ServicePort => ({ name: purpose, port: number, targetPort: number, protocol });
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels: labelsOf(cluster, spec, 'engine') },
    // An engine answers before it is ready for anything else; nobody else may be given its ports.
    spec: {
      type: 'NodePort',
      selector: { [keys.service]: spec.id, [keys.role]: 'outer' },
      publishNotReadyAddresses: true,
      ports: [port('engine', enginePort, 'TCP'), port('handoff', handoffPort, 'TCP'), port('tunnel', tunnelPort, 'UDP')],
    },
  };
}

/** The ports that the service publishes; undefined when it publishes none. */
export function applicationService({ cluster, namespace, spec }: Manifest, type: 'ClusterIP' | 'NodePort' | 'LoadBalancer'): V1Service | undefined {
  if (spec.ports.length === 0) return undefined;
  const isNodePort = (port: number) => type !== 'ClusterIP' && port >= nodePorts.first && port <= nodePorts.last;
  const ports = spec.ports.map(({ host, container, protocol }) => ({
    name: `${protocol}-${host}`,
    port: host,
    targetPort: container,
    protocol: protocol.toUpperCase(),
    ...(isNodePort(host) && { nodePort: host }),
  }));
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: objectName(spec.name), namespace, labels: labelsOf(cluster, spec) },
    spec: { type, selector: { [keys.service]: spec.id, [keys.role]: 'outer' }, ports },
  };
}
