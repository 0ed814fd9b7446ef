import { describe, expect, test } from '@jest/globals';
import { outerCreateOptions } from '../../../clients/orchestrators/docker/create-options';
import { readOuter, type ListedContainer } from '../../../clients/orchestrators/docker/labels';
import { nextToLeaveOut, without, type Privileges } from '../../../clients/orchestrators/docker/privileges';
import { forwardedSignal } from '../../../clients/orchestrators/docker/stop-signal';
import { outerOverheadBytes } from '../../../domain/defaults';
import type { OuterSpec } from '../../../domain/service';

const privileges: Privileges = {
  capAdd: ['NET_ADMIN', 'SYS_RESOURCE'],
  capDrop: ['AUDIT_WRITE'],
  securityOpt: ['seccomp=unconfined', 'systempaths=unconfined'],
  devices: ['/dev/net/tun'],
  tmpfs: { '/run': 'exec' },
  cgroupns: 'private',
};

const spec: OuterSpec = {
  id: '11111111-2222-3333-4444-555555555555',
  name: 'cache',
  image: 'redis',
  ports: [
    { host: 8080, container: 80, protocol: 'tcp' },
    { host: 8081, container: 80, protocol: 'tcp' },
    { host: 53, container: 53, protocol: 'udp' },
  ],
  volumes: [{ name: 'data', path: '/data' }],
  memoryBytes: 256 * 1024 ** 2,
  restart: 'unless-stopped',
};

const ports = { api: 17400, handoff: 17401, tunnel: 17402 };
const request = { cluster: 'edge', image: 'carryon-runtime:latest', spec, ports, privileges };

describe('the stop signal of an image', () => {
  test.each([
    ['SIGQUIT', 'SIGQUIT'],
    ['quit', 'SIGQUIT'],
    ['2', 'SIGINT'],
    ['SIGRTMIN+3', undefined],
    ['SIGKILL', undefined],
    [undefined, undefined],
  ])('%s means %s: only what init forwards is asked for', (written, signal) => expect(forwardedSignal(written)).toBe(signal));

  test('is asked of the daemon for the outer container', () => {
    expect(outerCreateOptions({ ...request, spec: { ...spec, stopSignal: 'SIGQUIT' } }).StopSignal).toBe('SIGQUIT');
    expect(outerCreateOptions(request)).not.toHaveProperty('StopSignal');
  });
});

describe('the outer container', () => {
  const options = outerCreateOptions(request);

  test("has the service's name, restart policy and labels, and no secrets in its environment", () => {
    expect(options.name).toBe('cache');
    expect(options.HostConfig?.RestartPolicy).toEqual({ Name: 'unless-stopped' });
    expect(options.Env).toEqual(['CARRYON_CLUSTER=edge', `CARRYON_SERVICE=${spec.id}`]);
    expect(options.Labels).toMatchObject({ 'io.carryon.role': 'outer', 'io.carryon.cluster': 'edge', 'io.carryon.service': spec.id, 'io.carryon.name': 'cache' });
  });

  test("publishes the service's ports and the engine's on fixed host ports", () => {
    expect(options.HostConfig?.PortBindings).toEqual({
      '7443/tcp': [{ HostPort: '17400' }],
      '7444/tcp': [{ HostPort: '17401' }],
      '51820/udp': [{ HostPort: '17402' }],
      '80/tcp': [{ HostPort: '8080' }, { HostPort: '8081' }],
      '53/udp': [{ HostPort: '53' }],
    });
    expect(Object.keys(options.ExposedPorts ?? {})).toHaveLength(5);
  });

  test("binds the engine's ports, and only these, to the configured address", () => {
    const bindings = outerCreateOptions({ ...request, bind: '10.0.0.1' }).HostConfig?.PortBindings as Record<string, { HostIp?: string }[]>;
    expect(bindings['7443/tcp']).toEqual([{ HostIp: '10.0.0.1', HostPort: '17400' }]);
    expect(bindings['80/tcp']?.[0]?.HostIp).toBeUndefined();
  });

  test('mounts the state of the service, the shared images and the volumes of the user', () => {
    expect(options.HostConfig?.Mounts).toEqual([
      { Type: 'volume', Source: `carryon-${spec.id}`, Target: '/var/lib/carryon' },
      { Type: 'volume', Source: 'carryon-images', Target: '/var/lib/carryon-images' },
      { Type: 'volume', Source: 'data', Target: '/volumes/data' },
    ]);
  });

  test('gets the memory of the service and the stated overhead, and none is set when the service has no limit', () => {
    expect(options.HostConfig?.Memory).toBe(256 * 1024 ** 2 + outerOverheadBytes);
    expect(options.HostConfig?.MemorySwap).toBe(options.HostConfig?.Memory);
    expect(outerCreateOptions({ ...request, spec: { ...spec, memoryBytes: undefined } }).HostConfig).not.toHaveProperty('Memory');
  });

  test('is not privileged, and asks for what it needs by name', () => {
    expect(options.HostConfig).not.toHaveProperty('Privileged');
    expect(options.HostConfig).toMatchObject({
      CapAdd: ['NET_ADMIN', 'SYS_RESOURCE'],
      CapDrop: ['AUDIT_WRITE'],
      SecurityOpt: ['seccomp=unconfined'],
      MaskedPaths: [],
      ReadonlyPaths: [],
      Devices: [{ PathOnHost: '/dev/net/tun', PathInContainer: '/dev/net/tun', CgroupPermissions: 'rwm' }],
      Tmpfs: { '/run': 'exec' },
      CgroupnsMode: 'private',
    });
  });

  test('is read back from its labels as it was asked for', () => {
    const listed: ListedContainer = { Id: 'abc', Labels: options.Labels as Record<string, string>, State: 'exited', Status: 'Exited (137) 3 minutes ago', Created: 1_700_000_000 };
    expect(readOuter(listed, 'host.example')).toEqual({
      id: 'abc',
      service: { id: spec.id, name: 'cache' },
      running: false,
      exitCode: 137,
      createdAt: '2023-11-14T22:13:20.000Z',
      reach: { host: 'host.example', apiPort: 17400, handoffPort: 17401, tunnelPort: 17402 },
      spec,
    });
    expect(readOuter({ ...listed, Labels: {} }, 'h')).toBeUndefined();
  });
});

describe('a daemon that refuses a capability', () => {
  // Words of Docker 20.10, 26.1 and 28.
  test.each([
    ['invalid CapAdd: unknown capability: "CAP_CHECKPOINT_RESTORE"', 'CHECKPOINT_RESTORE'],
    ['capability not supported by your kernel or not available in the current environment: "CAP_SYS_RESOURCE"', 'SYS_RESOURCE'],
    ['OCI runtime create failed: container_linux.go:380: starting container process caused: apply caps: operation not permitted: unknown', 'SYS_RESOURCE'],
    ['failed to create task: runc create failed: unable to start container process: unable to apply caps: operation not permitted: unknown', 'SYS_RESOURCE'],
  ])('%p means to go without %s', (words, capability) => {
    expect(nextToLeaveOut(words, [])).toBe(capability);
  });

  test('is not asked for less when it refuses for another reason, or when nothing is left to give up', () => {
    expect(nextToLeaveOut('driver failed programming external connectivity: port is already allocated', [])).toBeUndefined();
    expect(nextToLeaveOut('no space left on device', [])).toBeUndefined();
    expect(nextToLeaveOut('apply caps: operation not permitted', ['SYS_RESOURCE', 'CHECKPOINT_RESTORE'])).toBeUndefined();
  });

  test('gets the rest of the list; with ALL the capability is dropped by name', () => {
    expect(without(privileges, ['SYS_RESOURCE'])).toMatchObject({ capAdd: ['NET_ADMIN'], capDrop: ['AUDIT_WRITE'] });
    expect(without({ ...privileges, capAdd: ['ALL'] }, ['SYS_RESOURCE'])).toMatchObject({ capAdd: ['ALL'], capDrop: ['AUDIT_WRITE', 'SYS_RESOURCE'] });
  });
});
