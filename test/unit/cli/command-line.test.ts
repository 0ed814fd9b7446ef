import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parseConfig } from '../../../clients/config';
import { configTemplate } from '../../../cli/config-template';
import { runCli } from './run-cli';
import { temporaryDirectory } from './temporary-directory';


describe('a wrong command line', () => {
  test.each([
    ['an unknown command', ['frobnicate']],
    ['an unknown option', ['ps', '--frobnicate']],
    ['a missing argument', ['logs']],
    ['a missing required option', ['migrate', 'cache']],
    ['a value out of range', ['run', '--cluster', 'edge', '--name', 'cache', '-p', '99999:1', 'redis']],
    ['an unknown strategy', ['migrate', 'cache', '--to', 'cloud', '--strategy', 'magic']],
    ['a duration without a unit', ['migrate', 'cache', '--to', 'cloud', '--max-downtime', '200']],
    ['a size that is none', ['run', '--cluster', 'edge', '--name', 'cache', '--memory', 'much', 'redis']],
  ])('%s ends with code 2 and says so on stderr alone', async (_case, args) => {
    const { code, stdout, stderr } = await runCli(args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('error: ');
  });

  test('is told about before the configuration is looked for', async () => {
    const { stderr } = await runCli(['run', '--cluster', 'edge', '--name', 'cache', '-p', 'x', 'redis']);
    expect(stderr).toContain('not a port mapping');
    expect(stderr).not.toContain('carryon.yaml');
  });
});

describe('without a configuration', () => {
  test('a command says how to get one', async () => {
    const { code, stderr } = await runCli(['ps'], { directory: temporaryDirectory() });
    expect(code).toBe(2);
    expect(stderr).toContain('carryon init');
  });

  test('--json gives the error as one JSON document on stderr', async () => {
    const { stderr } = await runCli(['ps', '--json'], { directory: temporaryDirectory() });
    expect(JSON.parse(stderr)).toEqual({ error: expect.objectContaining({ code: 'config-not-found', next: expect.any(String) }) });
  });

  test('CARRYON_CONFIG names the file, and --config goes before it', async () => {
    const there = temporaryDirectory();
    const viaEnv = await runCli(['ps'], { directory: there, env: { CARRYON_CONFIG: 'from-env.yaml' } });
    expect(viaEnv.stderr).toContain(path.join(there, 'from-env.yaml'));
    const viaOption = await runCli(['ps', '--config', 'from-option.yaml'], { directory: there, env: { CARRYON_CONFIG: 'from-env.yaml' } });
    expect(viaOption.stderr).toContain(path.join(there, 'from-option.yaml'));
  });
});

describe('init', () => {
  test('writes a configuration that can be read', async () => {
    const there = temporaryDirectory();
    const { code } = await runCli(['init'], { directory: there });
    expect(code).toBe(0);
    const file = path.join(there, 'carryon.yaml');
    expect(parseConfig(readFileSync(file, 'utf8'), file).clusters).toHaveLength(1);
  });

  test('does not replace a file unless told to', async () => {
    const there = temporaryDirectory();
    const file = path.join(there, 'carryon.yaml');
    writeFileSync(file, 'mine');
    expect((await runCli(['init'], { directory: there })).code).toBe(2);
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect((await runCli(['init', '--force'], { directory: there })).code).toBe(0);
    expect(statSync(file).size).toBeGreaterThan(100);
  });

  test('its template is valid with every comment taken out of its fields', () => {
    const all = configTemplate('192.0.2.1').replaceAll(/^(\s*)# (\s*)(?=(?:- id|docker|host|tls|ca|cert|key|serverName|reach|bind|uiPort|binary|runtimeImage|kubernetes|kubeconfig|context|namespace|storageClass|volumeSize|expose):?)/gm, '$1$2');
    const { clusters, temporal } = parseConfig(all, '/etc/carryon/carryon.yaml');
    expect(clusters.map(({ id }) => id)).toEqual(['edge', 'cloud', 'kube']);
    expect(clusters[2]?.kubernetes).toEqual({ kubeconfig: '/etc/carryon/kube.conf', context: 'production', namespace: 'services', storageClass: 'fast', volumeSize: '8Gi', expose: 'NodePort', startTimeout: '2m', arriveAs: 'deployed' });
    expect(clusters[1]?.docker?.tls?.ca).toBe('/etc/carryon/cloud/ca.pem');
    expect(temporal.tls?.ca).toBe('/etc/carryon/temporal-ca.pem');
  });
});

describe('completion', () => {
  test.each(['bash', 'zsh', 'fish'])('for %s knows every command', async (shell) => {
    const { code, stdout } = await runCli(['completion', shell]);
    expect(code).toBe(0);
    for (const command of ['init', 'up', 'down', 'worker', 'run', 'ps', 'logs', 'exec', 'stop', 'start', 'rm', 'plan', 'migrate', 'status', 'abort']) expect(stdout).toContain(command);
    expect(stdout).toContain('max-downtime');
  });
});

test('help ends with code 0 and names the exit codes', async () => {
  const { code, stdout } = await runCli(['--help']);
  expect(code).toBe(0);
  expect(stdout).toContain('Exit codes: 0 done');
});
