// An outer container of its own for a test, with the stand-in as its engine and Debian as the application's image.
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { execa } from 'execa';
import { outerRunArguments } from './run-arguments';
import { buildImage } from '../../build-image';
import type { ServiceSpec } from '../../../../domain/service';

const image = 'carryon-runtime:sandbox-test';
const base = 'debian:trixie-slim';
const imagesVolume = 'carryon-test-sandbox-images';
const baseRootfs = '/var/lib/carryon-images/rootfs/base';

export interface Started {
  pid: number;
  freezer: string;
  appCgroups: string[];
}

/** Config of an image, as its author would write it. */
export interface AuthorConfig {
  Entrypoint?: string[];
  Cmd?: string[];
  Env?: string[];
  User?: string;
  WorkingDir?: string;
}

export async function buildRuntime(): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'sandbox-test-'));
  const engine = join(work, 'engine.js');
  await build({ entryPoints: [join(__dirname, 'stand-in.ts')], outfile: engine, bundle: true, platform: 'node', target: 'node20', format: 'cjs' });
  await buildImage(image, engine);
  await rm(work, { recursive: true });
}

export class Outer {
  private constructor(readonly name: string) {}

  static async run(extra: string[] = []): Promise<Outer> {
    const name = `carryon-test-sandbox-${randomUUID().slice(0, 8)}`;
    const volumes = extra.some((option) => option.includes('/var/lib/carryon')) ? [] : ['--volume', `${name}:/var/lib/carryon`];
    await execa('docker', ['run', '--detach', '--name', name, ...(await outerRunArguments()), ...volumes, '--volume', `${imagesVolume}:/var/lib/carryon-images`, ...extra, image]);
    const outer = new Outer(name);
    await outer.fillImages();
    return outer;
  }

  /** Once for all tests: Debian's files, there at once for other workers. */
  private async fillImages(): Promise<void> {
    if (await this.sh(`test -e ${baseRootfs}/.complete && echo yes || true`)) return;
    const { stdout: id } = await execa('docker', ['create', base, 'true']);
    await execa('bash', ['-c', `docker export ${id} | docker exec -i ${this.name} sh -c 'new=${baseRootfs}-${this.name}; mkdir -p $new && tar -x -C $new && touch $new/.complete && { mv -T $new ${baseRootfs} 2>/dev/null || rm -rf $new; }'`]);
    await execa('docker', ['rm', id]);
  }

  async sh(script: string): Promise<string> {
    return (await execa('docker', ['exec', this.name, 'sh', '-c', script])).stdout;
  }

  async verb<T = unknown>(verb: string, argument: unknown = ''): Promise<T> {
    const text = typeof argument === 'string' ? argument : JSON.stringify(argument);
    const { stdout } = await execa('docker', ['exec', this.name, 'node', '/opt/carryon/engine.js', verb, text]);
    return JSON.parse(stdout) as T;
  }

  async install(config: AuthorConfig): Promise<string> {
    const json = JSON.stringify({ architecture: 'amd64', os: 'linux', config });
    const hex = createHash('sha256').update(json).digest('hex');
    const blobs = 'oci/blobs/sha256';
    await execa('docker', ['exec', '-i', this.name, 'sh', '-c', `cd /var/lib/carryon-images && mkdir -p ${blobs} && cat > ${blobs}/${hex}-$HOSTNAME && mv ${blobs}/${hex}-$HOSTNAME ${blobs}/${hex} && ln -sfn base rootfs/${hex}`], { input: json });
    return `sha256:${hex}`;
  }

  async start(script: string, more: Partial<ServiceSpec> & { config?: AuthorConfig; clock?: number; mode?: 'start' | 'adopt' | 'prepare' } = {}): Promise<Started> {
    const { config, mode, ...spec } = more;
    const imageDigest = await this.install({ Cmd: ['/bin/sh', '-c', script], ...config });
    return this.verb<Started>(mode ?? 'start', {
      id: '3f2b8f4e-57c2-4f2a-9c0e-2f6f7a1d0001', name: 'sandbox-test', image: base, imageDigest, env: {}, ports: [], volumes: [], restart: 'no', address: '10.99.0.2', ...spec,
    });
  }

  /** Exit code of the container, when it ends. */
  async exitCode(): Promise<number> {
    return Number((await execa('docker', ['wait', this.name], { timeout: 30_000 })).stdout);
  }

  /** A file of a container that no longer runs. */
  async fileOfStopped(path: string): Promise<string> {
    return (await execa('bash', ['-c', `set -o pipefail; docker cp ${this.name}:${path} - | tar -xO`], { stripFinalNewline: true })).stdout;
  }

  async logs(): Promise<{ stdout: string; stderr: string }> {
    const { stdout, stderr } = await execa('docker', ['logs', this.name]);
    return { stdout, stderr };
  }

  async logContains(text: string): Promise<string> {
    for (const deadline = Date.now() + 15_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
      const { stdout, stderr } = await this.logs();
      if (`${stdout}\n${stderr}`.includes(text)) return stdout;
      if (Date.now() > deadline) throw new Error(`no "${text}" in the container's log:\n${stdout}\n${stderr}`);
    }
  }

  async remove(): Promise<void> {
    await execa('docker', ['rm', '--force', '--volumes', this.name]);
    await execa('docker', ['volume', 'rm', '--force', this.name]);
  }
}
