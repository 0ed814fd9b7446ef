import { describe, expect, it } from '@jest/globals';
import { hexOf } from '../../../sync/image/digest';
import { chooseImage, findImage, withImage } from '../../../sync/image/manifest';
import { daemonConfig } from '../../../sync/daemon-config';
import { comparedRoots, rootsOf } from '../../../sync/roots';
import { parseProgress, parseStats, rsyncArguments } from '../../../sync/rsync-arguments';

const places = { upper: '/var/lib/carryon/layer/upper', logs: '/var/lib/carryon/log', volumes: '/volumes' };
const volume = (name: string, path = '/data') => ({ name, path });

describe('the roots of a service', () => {
  it('are upper layer, every volume once, and the application\'s log', () => {
    expect(rootsOf({ volumes: [volume('db'), volume('cache'), volume('db', '/other')] }, places)).toEqual([
      { name: 'upper', path: '/var/lib/carryon/layer/upper' }, { name: 'volume-db', path: '/volumes/db' }, { name: 'volume-cache', path: '/volumes/cache' },
      { name: 'log', path: '/var/lib/carryon/log', only: 'app.log*' },
    ]);
  });

  it('are compared in the order of the mounts, as the native driver counts them', () => {
    expect(comparedRoots({ volumes: [volume('db'), volume('cache'), volume('db', '/other')] }, places).map((root) => root.name)).toEqual(['upper', 'volume-db', 'volume-cache', 'volume-db']);
  });

  it.each(['../etc', 'a/b', '', '.', '..', 'a b', 'x\n[all]', '%HOME%', '-rf'])('refuse the volume name %j', (name) => {
    expect(() => rootsOf({ volumes: [volume(name)] }, places)).toThrow(expect.objectContaining({ code: 'bad-volume' }));
  });
});

describe('the receiver\'s configuration', () => {
  it('locks the sender into each root, to write only', () => {
    const config = daemonConfig(rootsOf({ volumes: [volume('db')] }, places));
    for (const line of ['use chroot = yes', 'write only = yes', 'list = no', '[volume-db]', 'path = /volumes/db', 'filter = + /app.log* - *']) expect(config.split('\n')).toContain(line);
  });

  it.each(['/a\n[b]', '/a%b%', '/a]b', '/a\\'])('refuses the path %j', (path) => {
    expect(() => daemonConfig([{ name: 'upper', path }])).toThrow(expect.objectContaining({ code: 'bad-path' }));
  });
});

describe('the sender\'s arguments', () => {
  const root = { name: 'upper', path: '/u' };

  it('compare times to the nanosecond, and never write in place', () => {
    const args = rsyncArguments(root, { compareContents: false });
    expect(args).toContain('--modify-window=-1');
    expect(args.join(' ')).not.toContain('--inplace');
    expect(args.slice(-2)).toEqual(['/u/', 'peer::upper/']);
  });

  it('keep within the bandwidth, which rsync counts in KiB', () => {
    expect(rsyncArguments(root, { compareContents: false, bytesPerSecond: 1_048_576 })).toContain('--bwlimit=1024');
    expect(rsyncArguments(root, { compareContents: false, bytesPerSecond: 10 })).toContain('--bwlimit=1');
    expect(rsyncArguments(root, { compareContents: false }).join(' ')).not.toContain('bwlimit');
  });

  it('delete only in a whole pass', () => {
    expect(rsyncArguments(root, { compareContents: false })).toContain('--delete');
    expect(rsyncArguments(root, { compareContents: true, listed: true })).not.toContain('--delete');
  });
});

describe('what rsync reports', () => {
  const stats = `Number of files: 8 (reg: 3, dir: 2)
Number of created files: 7 (reg: 3)
Number of regular files transferred: 1,002
Total bytes sent: 10,488,675
Total bytes received: 98
`;

  it('becomes bytes and files', () => {
    expect(parseStats(stats)).toEqual({ bytes: 10_488_773, files: 1002, allNew: true });
    expect(parseStats(stats.replace('created files: 7', 'created files: 6'))).toMatchObject({ allNew: false });
  });

  it('is not taken for zero when it is missing', () => {
    expect(() => parseStats('rsync: connection unexpectedly closed')).toThrow(/no statistics/);
  });

  it('shows progress by its newest line', () => {
    expect(parseProgress('      3   0%    0.00kB/s    0:00:00 \r   10485763  99%  333.33MB/s    0:00:00 (xfr#2, to-chk=3/8)')).toBe(10_485_763);
    expect(parseProgress('Number of files: 8')).toBeUndefined();
  });
});

describe('images', () => {
  it('are found by the digest of their configuration, and replaced, not doubled', () => {
    const first = withImage({ schemaVersion: 2, manifests: [] }, 'abc', { digest: 'sha256:1', size: 1 });
    const second = withImage(withImage(first, 'abc', { digest: 'sha256:2', size: 2 }), 'def', { digest: 'sha256:3', size: 3 });
    expect(second.manifests).toHaveLength(2);
    expect(findImage(second, 'abc')).toMatchObject({ digest: 'sha256:2' });
    expect(findImage(second, 'ghi')).toBeUndefined();
  });

  it.each(['redis', 'redis:latest', 'library/redis', 'docker.io/library/redis:latest'])('go by Docker Hub\'s names however they are written (%s)', (ref) => {
    const images = [{ Config: 'a', RepoTags: ['other:1'], Layers: [] }, { Config: 'b', RepoTags: ['redis:latest'], Layers: [] }];
    expect(chooseImage(images, ref).Config).toBe('b');
  });

  it.each(['sha256:abc', `sha256:${'g'.repeat(64)}`, `../${'0'.repeat(64)}`, `sha256:${'0'.repeat(64)}/x`])('have digests, and %j is none', (digest) => {
    expect(() => hexOf(digest)).toThrow(expect.objectContaining({ code: 'bad-image' }));
  });
});
