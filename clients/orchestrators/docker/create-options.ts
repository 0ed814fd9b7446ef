import type { ContainerCreateOptions, HostConfig } from 'dockerode';
import { outerOverheadBytes } from '../../../domain/defaults';
import { enginePort, handoffPort, imagesVolume, serviceVolume, tunnelPort } from '../../../domain/names';
import type { OuterSpec } from '../../../domain/service';
import { outerLabels, type EnginePorts } from './labels';
import type { Privileges } from './privileges';

export interface OuterRequest {
  cluster: string;
  image: string;
  spec: OuterSpec;
  ports: EnginePorts;
  /** Host address of the engine's ports; all addresses when absent. */
  bind?: string;
  privileges: Privileges;
}

/** The outer container as the daemon is asked for it. */
export function outerCreateOptions({ cluster, image, spec, ports, bind, privileges }: OuterRequest): ContainerCreateOptions {
  const published = publishedPorts(spec, ports, bind);
  const host: HostConfig & NamespaceMode = {
    Mounts: mounts(spec),
    PortBindings: published,
    RestartPolicy: { Name: spec.restart },
    ...memoryLimit(spec),
    CapAdd: [...privileges.capAdd],
    CapDrop: [...privileges.capDrop],
    SecurityOpt: securityOptions(privileges),
    ...pathMasks(privileges),
    Devices: privileges.devices.map((device) => ({ PathOnHost: device, PathInContainer: device, CgroupPermissions: 'rwm' })),
    Tmpfs: { ...privileges.tmpfs },
    CgroupnsMode: privileges.cgroupns,
    ...(privileges.sysctls && { Sysctls: { ...privileges.sysctls } }),
  };
  return {
    name: spec.name,
    Image: image,
    ...(spec.stopSignal !== undefined && { StopSignal: spec.stopSignal }),
    Env: [`CARRYON_CLUSTER=${cluster}`, `CARRYON_SERVICE=${spec.id}`],
    Labels: outerLabels(cluster, spec, ports),
    ExposedPorts: Object.fromEntries(Object.keys(published).map((key) => [key, {}])),
    HostConfig: host,
  };
}

/** A field of the API that the client library's types leave out. */
interface NamespaceMode {
  CgroupnsMode: 'private' | 'host';
}

type Bindings = Record<string, { HostIp?: string; HostPort: string }[]>;

function publishedPorts(spec: OuterSpec, ports: EnginePorts, bind: string | undefined): Bindings {
  const own = (port: number) => [{ ...(bind && { HostIp: bind }), HostPort: String(port) }];
  const published: Bindings = {
    [`${enginePort}/tcp`]: own(ports.api),
    [`${handoffPort}/tcp`]: own(ports.handoff),
    [`${tunnelPort}/udp`]: own(ports.tunnel),
  };
  for (const { host, container, protocol } of spec.ports) {
    (published[`${container}/${protocol}`] ??= []).push({ HostPort: String(host) });
  }
  return published;
}

function mounts(spec: OuterSpec) {
  const volume = (source: string, target: string) => ({ Type: 'volume' as const, Source: source, Target: target });
  return [
    volume(serviceVolume(spec.id), '/var/lib/carryon'),
    volume(imagesVolume, '/var/lib/carryon-images'),
    ...spec.volumes.map(({ name }) => volume(name, `/volumes/${name}`)),
  ];
}

/** The application gets all of its limit; swap is not given on top: what CRIU dumps must be readable without waiting for a disk. */
function memoryLimit({ memoryBytes }: OuterSpec) {
  if (memoryBytes === undefined) return {};
  const limit = memoryBytes + outerOverheadBytes;
  return { Memory: limit, MemorySwap: limit };
}

const unmaskedPaths = 'systempaths=unconfined';

const securityOptions = (privileges: Privileges) => privileges.securityOpt.filter((option) => option !== unmaskedPaths);

/** `systempaths` is a word of Docker's command line only; its API takes the two lists. */
function pathMasks(privileges: Privileges): Pick<HostConfig, 'MaskedPaths' | 'ReadonlyPaths'> {
  return privileges.securityOpt.includes(unmaskedPaths) ? { MaskedPaths: [], ReadonlyPaths: [] } : {};
}
