import { beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

const root = path.resolve(__dirname, '../../..');

interface Service {
  image?: string;
  build?: { context: string; dockerfile: string };
  depends_on?: Record<string, { condition: string }>;
  ports?: (string | { host_ip?: string; published: string | number })[];
  volumes?: unknown[];
}

interface Composition {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
}

/** Compose as a plugin of Docker, or as a program of its own. */
async function compose(env: Record<string, string>): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const plugin = await execa('docker', ['compose', 'version'], { reject: false });
  const [program, args] = plugin.exitCode === 0 ? ['docker', ['compose']] : ['docker-compose', []];
  const { exitCode, stdout, stderr } = await execa(program, [...args, '-f', path.join(root, 'docker-compose.yml'), 'config'], { reject: false, env, cwd: '/' });
  return { exitCode: exitCode ?? -1, stdout, stderr };
}

describe('docker-compose.yml', () => {
  let composition: Composition;

  beforeAll(async () => {
    const { exitCode, stdout, stderr } = await compose({ CARRYON_DATABASE_PASSWORD: 'secret' });
    if (exitCode !== 0) throw new Error(`compose refuses the file (or is not installed: scripts/setup.sh --tests): ${stderr}`);
    composition = parse(stdout) as Composition;
  }, 60_000);

  it('is valid to Compose itself, with Temporal, its database, its web interface and a coordinator', () => {
    expect(Object.keys(composition.services).sort()).toEqual(['coordinator', 'database', 'temporal', 'web']);
  });

  it('is refused without a password for the database, with what to do', async () => {
    const { exitCode, stderr } = await compose({ CARRYON_DATABASE_PASSWORD: '' });
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('set it in .env');
  }, 60_000);

  it("keeps Temporal's data and the authorities on volumes", () => {
    expect(Object.keys(composition.volumes).sort()).toEqual(['authorities', 'database']);
  });

  it('publishes nothing beyond this machine', () => {
    for (const { ports = [] } of Object.values(composition.services)) {
      for (const port of ports) expect(typeof port === 'string' ? port : `${port.host_ip}:`).toMatch(/^127\.0\.0\.1:/);
    }
  });

  it('builds the coordinator from a Dockerfile that is there', () => {
    const { build } = composition.services.coordinator!;
    expect(existsSync(path.resolve(build!.context, build!.dockerfile))).toBe(true);
  });
});
