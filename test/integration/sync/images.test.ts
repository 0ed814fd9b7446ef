import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { createImages, type ImagePeer } from '../../../sync/image/images';
import { archive, streamOf, type TestImage } from './archive';

let top: string;

beforeEach(async () => {
  top = await mkdtemp('/var/tmp/carryon-images-');
});

afterEach(async () => {
  await rm(top, { recursive: true, force: true });
});

const app: TestImage = {
  tags: ['shop/app:1'],
  layers: [
    [{ name: 'bin/', type: 'directory', mode: 0o755 }, { name: 'bin/app', content: 'old', mode: 0o755 }, { name: 'etc/', type: 'directory', mode: 0o755 }, { name: 'etc/gone', content: 'x' }, { name: 'data/', type: 'directory', mode: 0o755 }, { name: 'data/one', content: '1' }],
    [{ name: 'bin/app', content: 'new', mode: 0o4755, uid: 33 }, { name: 'etc/.wh.gone' }, { name: 'data/.wh..wh..opq' }, { name: 'data/two', content: '2' }],
    [{ name: 'bin/app', content: 'new', mode: 0o4755, uid: 33 }, { name: 'etc/.wh.gone' }, { name: 'data/.wh..wh..opq' }, { name: 'data/two', content: '2' }],
  ],
};

const storeAt = (name: string) => createImages(join(top, name));

/** The peer's engine, without the wire. */
const peerOf = (images: ReturnType<typeof createImages>, digest: string, spoil?: (data: Buffer) => Buffer): ImagePeer => ({
  get: async () => {
    const body = (await images.serve(digest, ''))?.body;
    return JSON.parse(typeof body === 'string' ? body : '') as unknown;
  },
  stream: async (path) => {
    const body = (await images.serve(digest, path.replace('/v1/peer/image/', '')))?.body;
    if (!(body instanceof Readable)) throw new Error(`no ${path}`);
    if (!spoil) return body;
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk as Buffer);
    return Readable.from([spoil(Buffer.concat(chunks))]);
  },
});

describe.each(['legacy', 'oci', 'oci-gzip'] as const)('an archive of docker save (%s)', (style) => {
  it('is loaded under the image\'s own id and unpacked with deletions and owners', async () => {
    const { tar, configs } = await archive([app], style);
    const images = storeAt('a');
    const { imageDigest } = await images.load('app', streamOf(tar));
    expect(imageDigest).toBe(configs[0]);
    const rootfs = images.rootfs(imageDigest);
    expect(await readFile(join(rootfs, 'bin/app'), 'utf8')).toBe('new');
    expect(await stat(join(rootfs, 'bin/app'))).toMatchObject({ uid: 33, mode: 0o104755 });
    expect(await readdir(join(rootfs, 'etc'))).toEqual([]);
    expect(await readdir(join(rootfs, 'data'))).toEqual(['two']);
    expect(await images.config(imageDigest)).toMatchObject({ config: { Cmd: ['/bin/app'], Healthcheck: { Test: ['CMD', 'true'] } } });
  });
});

describe('an archive', () => {
  it('with several images gives the one that was asked for, however Docker Hub\'s name is written', async () => {
    const other: TestImage = { tags: ['redis:latest'], layers: [[{ name: 'r', content: 'r' }]] };
    const { tar, configs } = await archive([app, other], 'oci');
    expect((await storeAt('a').load('docker.io/library/redis', streamOf(tar))).imageDigest).toBe(configs[1]);
    await expect(storeAt('b').load('nginx', streamOf(tar))).rejects.toThrow(/2 images \(shop\/app:1, redis:latest\), none of them nginx/);
  });

  it.each<[string, (tar: Buffer) => Buffer]>([
    ['cut off', (tar) => tar.subarray(0, tar.length / 2)],
    ['not a tar file', () => Buffer.from('hello '.repeat(500))],
    ['empty', () => Buffer.alloc(0)],
    ['with a changed layer', (tar) => Buffer.from(tar.toString('latin1').replace('new', 'bad'), 'latin1')],
  ])('that is %s is refused, and nothing is left', async (_what, spoil) => {
    const { tar } = await archive([app], 'oci');
    await expect(storeAt('a').load('app', streamOf(spoil(tar)))).rejects.toMatchObject({ code: 'bad-image', recovery: 'refuse' });
    const left = (await execa('find', [join(top, 'a'), '-type', 'f', '-not', '-name', '*.lock'])).stdout;
    expect(left).toBe('');
  });

  it('of the local Docker gives Docker\'s own image id', async () => {
    const { stdout: id } = await execa('docker', ['image', 'inspect', '-f', '{{.Id}}', 'debian:trixie-slim']);
    const save = execa('docker', ['save', 'debian:trixie-slim'], { buffer: false });
    const images = storeAt('a');
    expect((await images.load('debian:trixie-slim', save.stdout as NodeJS.ReadableStream)).imageDigest).toBe(id);
    expect(await readdir(images.rootfs(id))).toContain('etc');
  }, 120_000);
});

describe('an image fetched from a peer', () => {
  it('is the same, and parts that are there already are not asked for', async () => {
    const source = storeAt('a');
    const { imageDigest } = await source.load('app', streamOf((await archive([app], 'legacy')).tar));
    const destination = storeAt('b');
    expect(await destination.has(imageDigest)).toBe(false);
    await destination.fetch(peerOf(source, imageDigest), imageDigest);
    expect(await destination.has(imageDigest)).toBe(true);
    expect(await destination.bytes(imageDigest)).toBe(await source.bytes(imageDigest));
    expect((await execa('diff', ['-r', source.rootfs(imageDigest), destination.rootfs(imageDigest)])).stdout).toBe('');
    const silent: ImagePeer = { ...peerOf(source, imageDigest), stream: () => Promise.reject(new Error('asked for a part')) };
    await destination.fetch(silent, imageDigest);
  });

  it('is not kept when a part arrives damaged, and can be fetched again', async () => {
    const source = storeAt('a');
    const { imageDigest } = await source.load('app', streamOf((await archive([app], 'oci')).tar));
    const destination = storeAt('b');
    await expect(destination.fetch(peerOf(source, imageDigest, (data) => data.subarray(1)), imageDigest)).rejects.toMatchObject({ code: 'bad-blob' });
    expect(await destination.has(imageDigest)).toBe(false);
    await destination.fetch(peerOf(source, imageDigest), imageDigest);
    expect(await destination.has(imageDigest)).toBe(true);
  });

  it('must be the one that was asked for', async () => {
    const source = storeAt('a');
    const { imageDigest } = await source.load('app', streamOf((await archive([app], 'oci')).tar));
    await expect(storeAt('b').fetch(peerOf(source, imageDigest), `sha256:${'0'.repeat(64)}`)).rejects.toMatchObject({ code: 'wrong-image' });
  });

  it('is unpacked once when several containers of a cluster want it at the same time', async () => {
    const source = storeAt('a');
    const { imageDigest } = await source.load('app', streamOf((await archive([app], 'oci')).tar));
    const several = [storeAt('b'), storeAt('b'), storeAt('b')];
    await Promise.all(several.map((images) => images.fetch(peerOf(source, imageDigest), imageDigest)));
    expect(await readFile(join(storeAt('b').rootfs(imageDigest), 'bin/app'), 'utf8')).toBe('new');
    expect(await readdir(join(top, 'b', 'scratch'))).toEqual([]);
  }, 30_000);

  it('gives a peer nothing but the parts of this image', async () => {
    const images = storeAt('a');
    const { imageDigest } = await images.load('app', streamOf((await archive([app], 'oci')).tar));
    const other = await images.load('x', streamOf((await archive([{ layers: [[{ name: 'secret', content: 's' }]] }], 'oci')).tar));
    await writeFile(join(top, 'a', 'secret'), 'secret');
    expect(await images.serve(imageDigest, '../../../secret')).toBeUndefined();
    expect(await images.serve(imageDigest, other.imageDigest)).toBeUndefined();
    await expect(images.serve('../../etc/passwd', '')).rejects.toMatchObject({ code: 'bad-image' });
  });
});

describe('what a load leaves that was killed', () => {
  const left = join('scratch', 'of-a-dead-container');
  const leave = (name: string) => mkdir(join(top, name, left, 'rootfs'), { recursive: true });
  const isThere = (name: string) => stat(join(top, name, left)).then(() => true, () => false);

  it('is swept away', async () => {
    await leave('a');
    await storeAt('a').tidy();
    expect(await isThere('a')).toBe(false);
  });

  it('stays while another container is loading, whose own work goes on', async () => {
    await leave('a');
    const { tar, configs } = await archive([app], 'oci');
    const slow = new PassThrough();
    const loading = storeAt('a').load('app', slow);
    slow.write(tar.subarray(0, 512));
    while ((await readdir(join(top, 'a', 'scratch'))).length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    await storeAt('a').tidy();
    expect(await isThere('a')).toBe(true);
    slow.end(tar.subarray(512));
    expect((await loading).imageDigest).toBe(configs[0]);
    await storeAt('a').tidy();
    expect(await isThere('a')).toBe(false);
  });
});
