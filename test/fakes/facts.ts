import type { DestinationFacts, HostFacts, ServiceFacts } from '../../domain/migration';
import type { OuterSpec } from '../../domain/service';

const mib = 1024 ** 2;

export const host = (over: Partial<HostFacts> = {}): HostFacts => ({
  architecture: 'x86_64',
  kernel: '6.8.0-45-generic',
  cpuFlags: ['fpu', 'sse4_2', 'avx2', 'hypervisor'],
  criuVersion: '4.2.1',
  criuFeatures: ['uffd', 'tcp-established', 'timens'],
  freeMemoryBytes: 8192 * mib,
  freeDiskBytes: 50_000 * mib,
  ...over,
});

export const spec = (over: Partial<OuterSpec> = {}): OuterSpec => ({
  id: '6b0f1d0e-0000-4000-8000-000000000001',
  name: 'cache',
  image: 'redis:7',
  imageDigest: 'sha256:aa',
  ports: [{ host: 6379, container: 6379, protocol: 'tcp' }],
  volumes: [],
  restart: 'no',
  ...over,
});

export const serviceFacts = (over: Partial<ServiceFacts> = {}): ServiceFacts => ({
  spec: spec(),
  epoch: 0,
  processes: [{ pid: 1001, comm: 'redis-server', memoryBytes: 128 * mib }],
  memoryBytes: 128 * mib,
  fileBytes: 4 * mib,
  imageBytes: 40 * mib,
  execSessions: [],
  tcpConnections: 2,
  sysvIpc: false,
  host: host(),
  ...over,
});

export const destinationFacts = (over: Partial<DestinationFacts> = {}): DestinationFacts => ({
  cluster: 'cloud',
  host: host(),
  portsInUse: [],
  imagePresent: false,
  ...over,
});
