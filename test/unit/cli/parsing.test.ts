import { describe, expect, test } from '@jest/globals';
import { parseCpus } from '../../../cli/parse/cpus';
import { parseEnv } from '../../../cli/parse/env';
import { parsePort } from '../../../cli/parse/port';
import { serviceSpec } from '../../../cli/parse/service-spec';
import { parseVolume } from '../../../cli/parse/volume';
import { UsageError } from '../../../cli/usage-error';

describe('-p', () => {
  test('maps a host port to a container port, TCP unless it says UDP', () => {
    expect(parsePort('8080:80')).toEqual({ host: 8080, container: 80, protocol: 'tcp' });
    expect(parsePort('53:5353/udp')).toEqual({ host: 53, container: 5353, protocol: 'udp' });
  });

  test('refuses a port that would differ from host to host', () => {
    expect(() => parsePort('80')).toThrow(/host port is missing/);
    expect(() => parsePort('127.0.0.1:8080:80')).toThrow(/would not be there in another cluster/);
  });

  test.each(['', 'a:b', '0:80', '80:65536', '80:80/sctp', '80-81:80-81', '-1:80'])('refuses %p as a usage error', (text) => {
    expect(() => parsePort(text)).toThrow(UsageError);
  });
});

describe('-e', () => {
  test('keeps everything behind the first equals sign', () => {
    expect(parseEnv(['A=1', 'URL=http://x/?a=b', 'EMPTY='], {})).toEqual({ A: '1', URL: 'http://x/?a=b', EMPTY: '' });
  });

  test('passes a variable of the caller on when no value is given', () => {
    expect(parseEnv(['TOKEN'], { TOKEN: 'secret' })).toEqual({ TOKEN: 'secret' });
    expect(() => parseEnv(['TOKEN'], {})).toThrow(/TOKEN has no value/);
  });

  test('does not repeat a value in its complaint', () => {
    expect(() => parseEnv(['=hunter2'], {})).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hunter2') }));
  });
});

describe('-v', () => {
  test('mounts a named volume at a normalised path', () => {
    expect(parseVolume('data:/var/lib//data/')).toEqual({ name: 'data', path: '/var/lib/data' });
  });

  test('refuses a directory of the host', () => {
    expect(() => parseVolume('/srv:/srv')).toThrow(/directory of the host/);
    expect(() => parseVolume('./srv:/srv')).toThrow(/directory of the host/);
  });

  test.each(['data', 'data:', 'data:relative', 'data:/', 'data:/x/..', 'data:/x:ro', ':/x'])('refuses %p', (text) => {
    expect(() => parseVolume(text)).toThrow(UsageError);
  });
});

test('--cpus takes positive numbers only', () => {
  expect(parseCpus('1.5')).toBe(1.5);
  for (const text of ['0', '-1', 'two', '', 'Infinity']) expect(() => parseCpus(text)).toThrow(UsageError);
});

describe('a service from a command line', () => {
  test('gets an id of its own, the default address and no restart policy', () => {
    const one = serviceSpec('redis', [], { name: 'cache' }, { env: {} });
    const two = serviceSpec('redis', [], { name: 'cache' }, { env: {} });
    expect(one).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), name: 'cache', image: 'redis', env: {}, ports: [], volumes: [], restart: 'no', address: '10.99.0.2' });
    expect(two.id).not.toBe(one.id);
  });

  test('refuses a host port or a path that is given twice', () => {
    const port = parsePort('80:80');
    expect(() => serviceSpec('x', [], { name: 'ab', publish: [port, parsePort('80:81')] }, { env: {} })).toThrow(/published twice/);
    expect(serviceSpec('x', [], { name: 'ab', publish: [port, parsePort('80:80/udp')] }, { env: {} }).ports).toHaveLength(2);
    expect(() => serviceSpec('x', [], { name: 'ab', volume: [parseVolume('one:/d'), parseVolume('two:/d')] }, { env: {} })).toThrow(/mounted twice/);
  });

  test.each(['', 'a', '-x', 'a b', 'a/b', 'x'.repeat(64)])('refuses the name %p', (name) => {
    expect(() => serviceSpec('x', [], { name }, { env: {} })).toThrow(/is not a name/);
  });
});
