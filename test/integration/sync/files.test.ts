import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { appendFile, lstat, mkdir, mkdtemp, open, readFile, readdir, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { acceptFiles } from '../../../sync/accept-files';
import { pushFiles } from '../../../sync/push-files';
import { pushRoot } from '../../../sync/push-root';
import { connector } from '../../../sync/rsync-arguments';
import type { FileRoot } from '../../../sync/roots';
import { receiver } from './pipe';

let top: string;
let from: FileRoot;
let to: FileRoot;
let peer: Awaited<ReturnType<typeof receiver>>;

beforeEach(async () => {
  // On a disk: trusted attributes and holes behave otherwise on tmpfs.
  top = await mkdtemp('/var/tmp/carryon-sync-');
  from = { name: 'upper', path: join(top, 'from') };
  to = { name: 'upper', path: join(top, 'to') };
  await mkdir(from.path);
  await mkdir(to.path);
  peer = await receiver(top, [to]);
});

afterEach(async () => {
  await peer.close();
  await rm(top, { recursive: true, force: true });
});

const push = (more: Partial<Parameters<typeof pushFiles>[0]> = {}) =>
  pushFiles({ roots: [from], connect: peer.connect, snapshot: join(top, 'snapshot'), snapshotCommand: ['find'], snapshotRoots: [from], ...more });
const here = (...names: string[]) => join(from.path, ...names);
const there = (...names: string[]) => join(to.path, ...names);
const sh = (script: string) => execa('sh', ['-ec', script], { cwd: from.path });
const listing = async (path: string) => (await execa('sh', ['-c', 'find . -printf "%p %y %m %U:%G %s %l %n %T@\\n" | sort; getfattr -R -h -d -m - . ; getfacl -R -n .'], { cwd: path })).stdout;

describe('a pass of files', () => {
  it('brings over every kind of file as it is', async () => {
    await sh(`
      echo hidden > .dotfile; mkdir -p deep/er; echo x > deep/er/file; ln deep/er/file second-name; ln -s ../nowhere deep/link
      echo mine > owned; chown 1234:5678 owned; chmod 4751 owned; chown -h 77:88 deep/link
      mknod whiteout c 0 0; mknod disk b 7 9; mkfifo pipe; mkdir opaque; setfattr -n trusted.overlay.opaque -v y opaque
      setfattr -n user.note -v hello owned; setfacl -m u:33:rw deep; setfacl -d -m g:44:rx deep
      printf 'a file with\\nnewline' > "$(printf 'odd\\nname')"; touch -d '2001-02-03 04:05:06.123456789' owned
    `);
    await execa('python3', ['-c', 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])', here('socket')]);
    await push();
    expect(await listing(to.path)).toEqual(await listing(from.path));
    expect((await lstat(there('deep/er/file'))).ino).toBe((await lstat(there('second-name'))).ino);
    expect((await lstat(there('whiteout'))).rdev).toBe(0);
  });

  it('has brought what came to disk before the sender is told that it is over', async () => {
    const path = process.env.PATH;
    await mkdir(join(top, 'bin'));
    await writeFile(join(top, 'bin', 'sync'), `#!/bin/sh\nls ${to.path} > ${top}/synced\necho "$@" >> ${top}/synced\n`, { mode: 0o755 });
    process.env.PATH = `${top}/bin:${path ?? ''}`;
    try {
      await writeFile(here('file'), 'x');
      await push();
    } finally {
      process.env.PATH = path;
    }
    expect(await readFile(join(top, 'synced'), 'utf8')).toBe(`file\n-f -- ${to.path}\n`);
  });

  it('keeps sparse files sparse', async () => {
    await writeFile(here('sparse'), 'begin');
    await truncate(here('sparse'), 256 * 1024 * 1024);
    await push();
    const copy = await lstat(there('sparse'));
    expect(copy.size).toBe(256 * 1024 * 1024);
    expect(copy.blocks * 512).toBeLessThan(1024 * 1024);
  });

  it('deletes at the destination what is gone, also where the kind has changed', async () => {
    await sh('mkdir -p a/b; echo 1 > a/b/c; echo 2 > d; echo 3 > e');
    await push();
    await sh('rm -r a d; echo file > a; mkdir d; echo in > d/x');
    await push();
    expect(await listing(to.path)).toEqual(await listing(from.path));
  });

  it('notices a change of the same size within the same second', async () => {
    await writeFile(here('file'), 'one');
    await push();
    await writeFile(here('file'), 'two');
    await push();
    expect(await readFile(there('file'), 'utf8')).toBe('two');
  });

  it('notices a change that left size and time as they were, when the file was in use about the pass before', async () => {
    await writeFile(here('mapped'), 'one');
    const { atime, mtime } = await lstat(here('mapped'));
    await utimes(here('mapped'), atime, mtime);
    await push();
    const file = await open(here('mapped'), 'r+');
    await file.write('two', 0);
    await file.utimes(atime, mtime);
    await file.close();
    await push();
    expect(await readFile(there('mapped'), 'utf8')).toBe('two');
  });

  it('replaces what an earlier, given up migration has left, even where size and time agree', async () => {
    await writeFile(here('file'), 'right');
    await writeFile(there('file'), 'wrong');
    const time = new Date('2020-01-01T00:00:00Z');
    await utimes(here('file'), time, time);
    await utimes(there('file'), time, time);
    await push();
    expect(await readFile(there('file'), 'utf8')).toBe('right');
  });

  it('does not write through a hard link that the source no longer has', async () => {
    await sh('echo shared > a; ln a b');
    await push();
    await sh('cp a c; echo alone > c; mv c b');
    await push();
    expect([await readFile(there('a'), 'utf8'), await readFile(there('b'), 'utf8')]).toEqual(['shared\n', 'alone\n']);
  });

  it('survives files that change and vanish while it runs, and is right once they rest', async () => {
    await sh('for i in $(seq 300); do head -c 20000 /dev/urandom > f$i; done');
    let stop = false;
    const restless = (async () => {
      for (let i = 0; !stop; i += 1) {
        await appendFile(here('log'), `line ${i}\n`);
        await writeFile(here('temporary'), 'x');
        await rename(here('temporary'), here('moved'));
        await rm(here('moved'));
      }
    })();
    try {
      await push();
      await push();
    } finally {
      stop = true;
      await restless;
    }
    await push();
    expect(await listing(to.path)).toEqual(await listing(from.path));
    expect(await readFile(there('log'), 'utf8')).toBe(await readFile(here('log'), 'utf8'));
  }, 30_000);

  it('copies ten thousand files, and sends none of them twice', async () => {
    await sh('mkdir many; cd many; seq -w 10000 | xargs -n 200 touch; for i in 00001 05000 10000; do echo $i > $i; done');
    const first = await push();
    const second = await push();
    expect((await readdir(there('many'))).length).toBe(10_000);
    expect(first).toMatchObject({ files: 10_000 });
    expect(second.files).toBe(0);
  }, 90_000);

  it('reports progress, bytes and files', async () => {
    await execa('sh', ['-c', 'head -c 3000000 /dev/urandom > big'], { cwd: from.path });
    const seen: number[] = [];
    const stats = await push({ onProgress: (bytes) => seen.push(bytes) });
    expect(stats.files).toBe(1);
    expect(stats.bytes).toBeGreaterThan(3_000_000);
    expect(seen.at(-1)).toBe(3_000_000);
  });

  it('writes the snapshot before it reads a file, so that what changes meanwhile counts as changed', async () => {
    await writeFile(here('file'), 'one');
    await push({ snapshotCommand: ['sh', '-c', 'cat "$0/file"; echo two > "$0/file"'] });
    expect(await readFile(join(top, 'snapshot'), 'utf8')).toBe('one');
    expect(await readFile(there('file'), 'utf8')).toBe('two\n');
  });

  it('leaves the engine\'s own log alone when only app.log is to be copied', async () => {
    const logFrom = { ...from, only: 'app.log*' };
    const logTo = { ...to, only: 'app.log*' };
    const logPeer = await receiver(await mkdtemp(join(top, 'log-')), [logTo]);
    await sh('echo 1 > app.log; echo 0 > app.log.1; echo secret > engine.log');
    await writeFile(there('engine.log'), 'its own');
    await push({ roots: [logFrom], connect: logPeer.connect });
    await logPeer.close();
    expect((await readdir(to.path)).sort()).toEqual(['app.log', 'app.log.1', 'engine.log']);
    expect(await readFile(there('engine.log'), 'utf8')).toBe('its own');
  });

  it('fails with the reason when the connection breaks, and the next pass mends it', async () => {
    await execa('sh', ['-c', 'head -c 50000000 /dev/urandom > big'], { cwd: from.path });
    const cut = async () => {
      const socket = await peer.connect();
      setTimeout(() => socket.destroy(), 60);
      return socket;
    };
    await expect(push({ connect: cut })).rejects.toThrow(/copying .* failed/);
    await push();
    expect(await listing(to.path)).toEqual(await listing(from.path));
  }, 30_000);
});

describe('a hostile sender', () => {
  const send = async (...args: string[]) => {
    const socket = await peer.connect();
    const rsync = execa('rsync', ['--rsh', connector, ...args], { stdio: ['ignore', 'pipe', 'pipe', 'pipe'], reject: false });
    const wire = rsync.stdio[3] as unknown as typeof socket;
    socket.pipe(wire).pipe(socket);
    wire.on('error', () => undefined);
    const result = await rsync;
    wire.destroy();
    socket.destroy();
    return result;
  };

  it('cannot leave the root by ..', async () => {
    await writeFile(here('x'), 'evil');
    await send('-a', here('x'), 'peer::upper/../../escaped');
    await expect(lstat(join(top, 'escaped'))).rejects.toThrow();
    await expect(lstat(join(top, '..', 'escaped'))).rejects.toThrow();
  });

  it('cannot write through a symbolic link that leads out', async () => {
    await mkdir(join(top, 'outside'));
    await symlink(join(top, 'outside'), there('way-out'));
    await writeFile(here('x'), 'evil');
    await send('-a', '--keep-dirlinks', here('x'), 'peer::upper/way-out/');
    expect(await readdir(join(top, 'outside'))).toEqual([]);
  });

  it('cannot name another root', async () => {
    await writeFile(here('x'), 'evil');
    const result = await send('-a', here('x'), 'peer::etc/');
    expect(result.stderr + result.stdout).toMatch(/Unknown module/);
  });

  it('cannot read', async () => {
    await writeFile(there('secret'), 'secret');
    const result = await send('-a', 'peer::upper/secret', here('stolen'));
    expect(result.failed).toBe(true);
    await expect(lstat(here('stolen'))).rejects.toThrow();
  });

  it('cannot keep copies aside', async () => {
    await writeFile(here('x'), 'evil');
    expect((await send('-a', '--backup', '--backup-dir=/tmp', here('x'), 'peer::upper/')).failed).toBe(true);
  });

  it('does not hang the receiver by going away', async () => {
    const socket = await peer.connect();
    socket.write('@RSYNCD: 31.0\nupper\n');
    setTimeout(() => socket.destroy(), 100);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(peer.failures.length).toBe(1);
  });
});

describe('the receiver', () => {
  it('refuses roots whose names could change its configuration', async () => {
    const socket = await peer.connect();
    await expect(acceptFiles(socket, [{ name: 'upper', path: '/data\n[all]\npath = /' }], top)).rejects.toThrow(/cannot be a path/);
    await expect(pushRoot(await peer.connect(), { name: 'nothing', path: from.path }, { compareContents: false })).rejects.toThrow(/Unknown module/);
    socket.destroy();
  });
});
