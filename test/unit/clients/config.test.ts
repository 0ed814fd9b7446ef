import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { temporaryDirectory } from '../cli/temporary-directory';
import { clusterConfig, ConfigError, findConfig, parseConfig } from '../../../clients/config';

const parse = (text: string) => parseConfig(text, '/etc/carryon/carryon.yaml');

function refusal(text: string): ConfigError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('a configuration', () => {
  test('needs no more than a cluster and how it is reached', () => {
    const config = parse('clusters: [{id: edge, reach: {host: 10.0.0.1}}]');
    expect(config).toEqual({
      temporal: { address: '127.0.0.1:7233', namespace: 'default' },
      stateDir: '/etc/carryon/.carryon',
      clusters: [{ id: 'edge', docker: { host: 'unix:///var/run/docker.sock' }, reach: { host: '10.0.0.1' }, ports: { engine: { first: 17400, last: 17499 } }, safety: 'normal', limits: { migrationsIn: 2, migrationsOut: 2 } }],
      remoteClusters: [],
    });
  });

  test('takes the host of a TCP daemon as its reach', () => {
    const docker = 'docker: {host: "tcp://cloud.example:2376", insecure: true}';
    expect(parse(`clusters: [{id: cloud, ${docker}}]`).clusters[0]?.reach.host).toBe('cloud.example');
    expect(parse(`clusters: [{id: cloud, ${docker}, reach: {host: other}}]`).clusters[0]?.reach.host).toBe('other');
  });

  test('speaks to a daemon on another host with TLS only, unless told otherwise', () => {
    expect(refusal('clusters:\n  - id: cloud\n    docker: {host: "tcp://cloud.example:2376"}\n').message).toContain('with TLS');
    expect(parse('clusters: [{id: cloud, docker: {host: "tcp://127.0.0.1:2375"}}]').clusters[0]?.docker?.host).toBe('tcp://127.0.0.1:2375');
  });

  test('counts relative paths from its own directory', () => {
    const { stateDir, clusters } = parse('stateDir: ../state\nclusters: [{id: c, docker: {host: "tcp://h:1", tls: {ca: ca.pem, cert: /abs/cert.pem, key: key.pem}}}]');
    expect(stateDir).toBe('/etc/state');
    expect(clusters[0]?.docker?.tls).toEqual({ ca: '/etc/carryon/ca.pem', cert: '/abs/cert.pem', key: '/etc/carryon/key.pem' });
    expect(parse('clusters: [{id: k, reach: {host: a}, kubernetes: {kubeconfig: k.conf}}]').clusters[0]?.kubernetes?.kubeconfig).toBe('/etc/carryon/k.conf');
  });

  test('has hooks with a timeout and retries, their files beside it', () => {
    const [cluster] = parse('clusters: [{id: a, reach: {host: a}, hooks: {cutover: [{command: [tell]}, {http: {url: "https://h/x", headersFrom: token}, timeout: 30s, retries: 0}]}}]').clusters;
    expect(cluster?.hooks?.cutover).toEqual([
      { command: ['tell'], timeoutMs: 10_000, retries: 3 },
      { http: { url: 'https://h/x', method: 'POST', headersFrom: '/etc/carryon/token' }, timeoutMs: 30_000, retries: 0 },
    ]);
  });

  test('of a cluster of Kubernetes needs no more than how it is reached', () => {
    const [cluster] = parse('clusters: [{id: k, reach: {host: a}, kubernetes: {}}]').clusters;
    expect(cluster?.docker).toBeUndefined();
    expect(cluster?.kubernetes).toEqual({ namespace: 'default', volumeSize: '8Gi', expose: 'NodePort', startTimeout: '2m', arriveAs: 'deployed' });
  });
});

test('a cluster that another site coordinates is known, and refused to whoever wants to speak to it from here', () => {
  const config = parse('clusters: [{id: edge, reach: {host: a}}]\nremoteClusters: [cloud]');
  expect(config.remoteClusters).toEqual(['cloud']);
  expect(() => clusterConfig(config, 'cloud')).toThrow(expect.objectContaining({ code: 'remote-cluster' }));
});

describe('a mistake in it', () => {
  test.each([
    ['an unknown field', 'clusters:\n  - id: edge\n    reach: {host: a}\n    dokcer: {}\n', ':4:', 'dokcer'],
    ['a value of the wrong kind', 'clusters:\n  - id: edge\n    reach: {host: a}\n    docker:\n      host: 7\n', ':5:', 'docker.host'],
    ['an address without a port', 'temporal:\n  address: localhost\nclusters: [{id: edge, reach: {host: a}}]\n', ':2:', 'host:port'],
    ['a cluster id that cannot be part of a name', 'clusters:\n  - id: Edge_1\n    reach: {host: a}\n', ':2:', 'lower-case'],
    ['an id that is used twice', 'clusters:\n  - {id: a, reach: {host: a}}\n  - {id: a, reach: {host: b}}\n', ':3:', 'used twice'],
    ['a cluster that is coordinated here and elsewhere', 'clusters:\n  - {id: a, reach: {host: a}}\nremoteClusters: [b, a]\n', ':3:', 'as well'],
    ['a local daemon without reach', 'clusters:\n  - id: edge\n', ':2:', 'reach'],
    ['a range that is none', 'clusters:\n  - id: a\n    reach: {host: a}\n    ports: {engine: 17400}\n', ':4:', 'ports.engine'],
    ['a range that is too small', 'clusters:\n  - id: a\n    reach: {host: a}\n    ports: {engine: 5-6}\n', ':4:', 'three ports'],
    ['TLS files for a socket', 'clusters:\n  - id: a\n    reach: {host: a}\n    docker: {tls: {ca: a, cert: b, key: c}}\n', ':4:', 'tcp://'],
    ['a level of safety that there is not', 'clusters:\n  - id: a\n    reach: {host: a}\n    safety: paranoid\n', ':4:', 'safety'],
    ['a number of slots that is none', 'clusters:\n  - id: a\n    reach: {host: a}\n    limits: {migrationsIn: 0}\n', ':4:', 'limits.migrationsIn'],
    ['a cluster of two kinds', 'clusters:\n  - id: a\n    reach: {host: a}\n    docker: {}\n    kubernetes: {}\n', ':5:', 'either'],
    ['ports that Kubernetes gives itself', 'clusters:\n  - id: a\n    reach: {host: a}\n    kubernetes: {}\n    ports: {}\n', ':5:', 'itself'],
    ['a size of volumes that is none', 'clusters:\n  - id: a\n    reach: {host: a}\n    kubernetes: {volumeSize: much}\n', ':4:', 'volumeSize'],
    ['a way to offer ports that there is not', 'clusters:\n  - id: a\n    reach: {host: a}\n    kubernetes: {expose: Ingress}\n', ':4:', 'expose'],
    ['a cluster of Kubernetes that nobody knows how to reach', 'clusters:\n  - id: a\n    kubernetes: {}\n', ':2:', 'reach'],
    ['a hook without a program', 'clusters:\n  - id: a\n    reach: {host: a}\n    hooks: {cutover: [{command: []}]}\n', ':4:', 'name a program'],
    ['a hook of nothing', 'clusters:\n  - id: a\n    reach: {host: a}\n    hooks: {cutover: [{}]}\n', ':4:', 'either `command` or `http`'],
    ['a hook of an address that is none', 'clusters:\n  - id: a\n    reach: {host: a}\n    hooks: {cutover: [{http: {url: dns.example.org}}]}\n', ':4:', 'begins with http:// or https://'],
    ['a hook with credentials in its address', 'clusters:\n  - id: a\n    reach: {host: a}\n    hooks: {cutover: [{http: {url: "https://a:b@dns.example.org"}}]}\n', ':4:', 'headersFrom'],
    ['a hook that may take too long', 'clusters:\n  - id: a\n    reach: {host: a}\n    hooks: {cutover: [{command: [a], timeout: 5m}]}\n', ':4:', '60s at most'],
    ['a bandwidth that is no size', 'clusters:\n  - id: a\n    reach: {host: a}\n    limits: {bandwidth: fast}\n', ':4:', 'for example 50m'],
    ['no clusters', 'clusters: []\n', ':1:', 'at least one cluster'],
    ['an empty file', '', ':1:', 'clusters'],
    ['a list', '- a\n', ':1:', 'object'],
    ['broken YAML', 'clusters:\n  - {id: edge\n', ':3:', 'YAML'],
  ])('%s is reported with file and line, and what to do', (_case, text, line, word) => {
    const error = refusal(text);
    expect(error.message).toContain(`/etc/carryon/carryon.yaml${line}`);
    expect(error.message).toContain(word);
    expect(error.next).toBeTruthy();
  });

  test('tells how many more there are', () => {
    expect(refusal('clusters:\n  - id: A\n    reach: {host: a}\n  - id: B\n    reach: {host: a}\n').message).toContain('(and 1 more)');
  });
});

describe('the search for it', () => {
  const root = temporaryDirectory();
  mkdirSync(path.join(root, 'a/b'), { recursive: true });
  writeFileSync(path.join(root, 'carryon.yaml'), '');

  test('goes up to the parents', () => {
    expect(findConfig({ directory: path.join(root, 'a/b') })).toBe(path.join(root, 'carryon.yaml'));
  });

  test('looks nowhere else when a file is named', () => {
    expect(() => findConfig({ directory: root, explicit: 'other.yaml' })).toThrow(path.join(root, 'other.yaml'));
  });

  test('says how to write one when there is none', () => {
    expect(() => findConfig({ directory: '/' })).toThrow(ConfigError);
  });
});

test('an unknown cluster is refused with the names of those there are', () => {
  const config = parse('clusters: [{id: edge, reach: {host: a}}, {id: cloud, reach: {host: b}}]');
  expect(clusterConfig(config, 'cloud').id).toBe('cloud');
  expect(() => clusterConfig(config, 'moon')).toThrow(expect.objectContaining({ code: 'unknown-cluster', next: 'Clusters: edge, cloud.' }));
});
