import { describe, expect, test } from '@jest/globals';
import { listeningPorts } from '../../../clients/orchestrators/docker/host-ports';
import { chooseEnginePorts, contestedPort, refuseTakenPorts } from '../../../clients/orchestrators/docker/ports';
import { boundPorts } from '../../../clients/orchestrators/docker/used-ports';
import type { OuterSpec } from '../../../domain/service';

const used = (...ports: number[]) => ports.map((port) => ({ port, protocol: 'tcp' as const, by: 'container web' }));
const spec = (host: number, container = 80): OuterSpec => ({ id: 'x', name: 'cache', image: 'i', ports: [{ host, container, protocol: 'tcp' }], volumes: [], restart: 'no' });

describe("the engine's host ports", () => {
  test('are the lowest three that nobody has', () => {
    expect(chooseEnginePorts({ first: 100, last: 110 }, used(100, 102), 'edge')).toEqual({ api: 101, handoff: 103, tunnel: 104 });
  });

  test('run out with a word on what to do', () => {
    expect(() => chooseEnginePorts({ first: 100, last: 104 }, used(100, 102, 104), 'edge')).toThrow(expect.objectContaining({ code: 'engine-ports-exhausted', next: expect.stringContaining('ports.engine') }));
  });
});

describe('a published port', () => {
  test('that another container has is refused with its name', () => {
    expect(() => refuseTakenPorts(spec(8080), used(8080), 'edge')).toThrow(/8080\/tcp on cluster edge is used by container web/);
    expect(() => refuseTakenPorts(spec(8081), used(8080), 'edge')).not.toThrow();
  });

  test('may be the same as one of another protocol', () => {
    expect(() => refuseTakenPorts(spec(8080), [{ port: 8080, protocol: 'udp', by: 'x' }], 'edge')).not.toThrow();
  });

  test("cannot lead to a port of carryon's own in the container", () => {
    expect(() => refuseTakenPorts(spec(8080, 7443), [], 'edge')).toThrow(expect.objectContaining({ code: 'port-reserved' }));
  });
});

test.each([
  ['driver failed programming external connectivity on endpoint x (abc): Bind for 0.0.0.0:17400 failed: port is already allocated', 17400],
  ['driver failed programming external connectivity on endpoint x: Error starting userland proxy: listen tcp4 0.0.0.0:8080: bind: address already in use', 8080],
  ['failed to bind host port for 0.0.0.0:8080:172.17.0.2:80/tcp: address already in use', 8080],
  ['no space left on device', undefined],
])('the daemon names the port it stumbled over: %s', (words, port) => {
  expect(contestedPort(words)).toBe(port);
});

test('a container holds its fixed ports, and an outer container holds them for its service', () => {
  const HostConfig = { PortBindings: { '80/tcp': [{ HostPort: '8080' }, { HostPort: '8081' }], '53/udp': [{ HostPort: '53' }], '90/tcp': null } };
  expect(boundPorts({ Name: '/web', Config: { Labels: null }, HostConfig })).toEqual([
    { port: 8080, protocol: 'tcp', by: 'container web' },
    { port: 8081, protocol: 'tcp', by: 'container web' },
    { port: 53, protocol: 'udp', by: 'container web' },
  ]);
  expect(boundPorts({ Name: '/cache', Config: { Labels: { 'io.carryon.name': 'cache' } }, HostConfig })[0]?.by).toBe('cache');
});

test("a host's own listeners are read from its socket tables, both families, connections left out", () => {
  const tcp = `  sl  local_address rem_address   st
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000
   1: 00000000:0016 00000000:0000 0A 00000000:00000000
   2: 0A00000A:0050 0A00000B:C001 01 00000000:00000000
   0: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A`;
  expect(listeningPorts(tcp, 'tcp').map(({ port }) => port)).toEqual([8080, 22, 443]);
  expect(listeningPorts('   1: 00000000:0035 00000000:0000 07', 'udp').map(({ port }) => port)).toEqual([53]);
});
