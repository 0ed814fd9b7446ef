import type { V1Container, V1VolumeMount } from '@kubernetes/client-node';
import { enginePort, handoffPort, tunnelPort } from '../../domain/names';
import { outerPrivileges } from '../../domain/outer-privileges';
import type { OuterSpec } from '../../domain/service';
import { ambassadorVolume, installDirectory, ownPrefix, sidecarName, stateVolume } from './names';
import type { RewriteOptions } from './rewrite';
import { sidecarResources } from './resources';

/** The outer container: a native sidecar runs before the user's container and ends after it. */
export function sidecar(user: V1Container, spec: OuterSpec, mounts: V1VolumeMount[], { cluster, image, service, standIn }: RewriteOptions): V1Container {
  const own = '/var/lib/carryon-pod';
  return {
    name: sidecarName,
    image,
    imagePullPolicy: 'IfNotPresent',
    restartPolicy: 'Always',
    env: [
      { name: 'CARRYON_CLUSTER', value: cluster },
      { name: 'CARRYON_SERVICE', value: service },
      { name: 'CARRYON_OWN', value: own },
      { name: 'CARRYON_AMBASSADOR', value: installDirectory },
      // Kubelet expands $(NAME) in it, and makes one dollar of two.
      { name: 'CARRYON_SPEC', value: JSON.stringify(spec).replaceAll('$', '$$$$') },
      ...(standIn ? [{ name: 'CARRYON_STAND_IN', value: '1' }] : []),
    ],
    lifecycle: { postStart: { exec: { command: ['/opt/carryon/bin/ambassador', 'install', installDirectory] } } },
    ports: [
      { name: `${ownPrefix}api`, containerPort: enginePort, protocol: 'TCP' },
      { name: `${ownPrefix}handoff`, containerPort: handoffPort, protocol: 'TCP' },
      { name: `${ownPrefix}tunnel`, containerPort: tunnelPort, protocol: 'UDP' },
    ],
    securityContext: {
      // The pod's own words would count otherwise.
      runAsUser: 0,
      runAsGroup: 0,
      runAsNonRoot: false,
      privileged: false,
      capabilities: { drop: ['ALL'], add: outerPrivileges.capabilities.map(({ name }) => name) },
      seccompProfile: { type: 'Unconfined' },
      appArmorProfile: { type: 'Unconfined' },
    },
    resources: sidecarResources(user.resources ?? {}),
    volumeMounts: [
      { name: stateVolume, mountPath: '/var/lib/carryon', subPath: 'state' },
      { name: stateVolume, mountPath: '/var/lib/carryon-images', subPath: 'images' },
      { name: stateVolume, mountPath: own, subPath: 'own' },
      { name: ambassadorVolume, mountPath: installDirectory },
      ...mounts,
    ],
    // What the API server would fill in: a pod that is seen again is not changed for it.
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  };
}
