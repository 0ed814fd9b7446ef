import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { versionTwo, type Cgroups } from '../../../engine/sandbox/cgroups';
import { resolvConf } from '../../../engine/sandbox/etc-files';
import { imageFiles } from '../../../engine/sandbox/image-config';
import { resolveInRoot } from '../../../engine/sandbox/in-root';
import { limitSettings } from '../../../engine/sandbox/limits';
import { clockOffset, ociConfig, type OciRequest } from '../../../engine/sandbox/oci-config';
import { parseProcesses } from '../../../engine/sandbox/processes';
import { seccompProfile } from '../../../engine/sandbox/seccomp';

const request: OciRequest = {
  mode: 'start', hostname: 'h', rootfs: '/r', netns: '/n', pid1: '/opt/carryon/bin/pid1', etc: '/b/etc', architecture: 'x64',
  volumes: [{ source: '/volumes/data', destination: '/data' }],
  process: { args: ['/app', 'x'], env: ['A=1'], workdir: '/srv', user: { uid: 33, gid: 34, additionalGids: [4], home: '/' } },
};

describe('the configuration of a sandbox', () => {
  it('starts the application through PID 1, in its directory', () => {
    expect(ociConfig(request).process).toMatchObject({ args: ['/dev/carryon-init', 'start', '--', '/app', 'x'], cwd: '/srv', user: { uid: 33, gid: 34, additionalGids: [4] } });
  });

  it('adopts without naming the application or entering its directory', () => {
    expect(ociConfig({ ...request, mode: 'adopt' }).process).toMatchObject({ args: ['/dev/carryon-init', 'adopt'], cwd: '/' });
  });

  it('gives capabilities to root, and to others only the bound of what programs may give them', () => {
    const { capabilities } = ociConfig(request).process;
    expect(capabilities).toMatchObject({ effective: [], permitted: [] });
    expect(capabilities.bounding).not.toContain('CAP_SYS_ADMIN');
    const root = { ...request.process, user: { ...request.process.user, uid: 0 } };
    expect(ociConfig({ ...request, process: root }).process.capabilities.effective).toEqual(capabilities.bounding);
  });

  it('joins the network and makes every other namespace', () => {
    const { namespaces } = ociConfig(request).linux;
    expect(namespaces.map(({ type }) => type).sort()).toEqual(['cgroup', 'ipc', 'mount', 'network', 'pid', 'time', 'uts']);
    expect(namespaces.filter((each) => 'path' in each)).toEqual([{ type: 'network', path: '/n' }]);
  });

  it('mounts nothing of the outer container but PID 1 (read-only), name resolution and the volumes', () => {
    const binds = ociConfig(request).mounts.filter(({ type }) => type === 'bind');
    expect(binds.map(({ destination, source }) => `${source} ${destination}`)).toEqual([
      '/opt/carryon/bin/pid1 /dev/carryon-init', '/b/etc/hosts /etc/hosts', '/b/etc/hostname /etc/hostname', '/b/etc/resolv.conf /etc/resolv.conf', '/volumes/data /data',
    ]);
    expect(binds[0]?.options).toContain('ro');
  });

  it('writes clock offsets with nanoseconds that are never negative', () => {
    expect(clockOffset(1_500_000_000n)).toEqual({ secs: 1, nanosecs: 500_000_000 });
    expect(clockOffset(-500_000_000n)).toEqual({ secs: -1, nanosecs: 500_000_000 });
    expect(clockOffset(-2_000_000_000n)).toEqual({ secs: -2, nanosecs: 0 });
  });

  it('answers io_uring with ENOSYS and does not allow it elsewhere', () => {
    const { syscalls } = seccompProfile('x64');
    const about = syscalls.filter(({ names }) => names.includes('io_uring_setup'));
    expect(about).toEqual([expect.objectContaining({ action: 'SCMP_ACT_ERRNO', errnoRet: 38 })]);
    for (const dangerous of ['mount', 'setns', 'unshare', 'bpf', 'kexec_load', 'init_module', 'userfaultfd', 'perf_event_open', 'keyctl', 'open_by_handle_at']) {
      expect(syscalls.some(({ names }) => names.includes(dangerous))).toBe(false);
    }
  });
});

describe('limits', () => {
  const asked = { memoryBytes: 1000, cpus: 1.5 };
  const asText = (cgroups: Cgroups, spec = asked) => limitSettings(spec, cgroups).map(({ file, value }) => `${file}=${value}`);

  it('on cgroup v2 lie above the application’s own cgroup', () => {
    expect(asText(versionTwo('/c'))).toEqual(['/c/carryon-sandbox/memory.max=1000', '/c/carryon-sandbox/memory.swap.max=1000', '/c/carryon-sandbox/cpu.max=150000 100000', '/c/carryon-sandbox/pids.max=32768']);
  });

  it('on cgroup v1 are written to the controller that they belong to', () => {
    const v1: Cgroups = { version: 1, directories: [], sandbox: ['memory', 'cpu', 'cpuacct', 'pids'].map((name) => `/c/${name}/s/cgroup.procs`), freezer: '', inside: '', outside: '', app: [] };
    const files = asText(v1);
    expect(files).toContain('/c/memory/s/memory.limit_in_bytes=1000');
    expect(files).toContain('/c/cpu/s/cpu.cfs_quota_us=150000');
  });

  it('that nobody asked for are not set', () => {
    expect(limitSettings({}, versionTwo('/c')).map(({ asked: name }) => name)).toEqual([undefined]);
  });
});

describe('a path in the root of an image', () => {
  let top: string;
  let root: string;
  beforeAll(async () => {
    top = await mkdtemp(join(tmpdir(), 'in-root-'));
    root = join(top, 'root');
    await mkdir(join(root, 'etc'), { recursive: true });
    await writeFile(join(top, 'secret'), 'of the outer container');
    await symlink('/secret', join(root, 'etc', 'absolute'));
    await symlink('../../../../secret', join(root, 'etc', 'relative'));
    await symlink('/etc', join(root, 'alias'));
    await symlink('loop', join(root, 'loop'));
  });
  afterAll(() => rm(top, { recursive: true }));

  it('never leads out of it, whatever links it goes through', async () => {
    for (const path of ['etc/absolute', 'etc/relative', '/alias/relative', '../../secret']) expect(await resolveInRoot(root, path)).toBe(join(root, 'secret'));
  });

  it('is followed through links, also when its end is not there', async () => {
    expect(await resolveInRoot(root, '/alias/new/file')).toBe(join(root, 'etc/new/file'));
  });

  it('with links in a circle is an error', async () => {
    await expect(resolveInRoot(root, 'loop')).rejects.toThrow(/too many symbolic links/);
  });
});

describe('name servers', () => {
  it('are the outer container’s', () => {
    expect(resolvConf('# by hand\nnameserver 192.0.2.1\nsearch example.org\n')).toBe('nameserver 192.0.2.1\nsearch example.org\n');
  });

  it('on its loopback are replaced by those that Docker names behind it', () => {
    expect(resolvConf('nameserver 127.0.0.11\noptions ndots:0\n\n# ExtServers: [192.0.2.7 host(192.0.2.8)]\n')).toBe('options ndots:0\nnameserver 192.0.2.7\nnameserver 192.0.2.8\n');
  });
});

describe('processes of a sandbox', () => {
  it('are read from the tool’s lines, names with blanks included', () => {
    expect(parseProcesses('218 1001 1 my app\n230 1007 0 sh\n')).toEqual([
      { pid: 218, innerPid: 1001, inTree: true, comm: 'my app' },
      { pid: 230, innerPid: 1007, inTree: false, comm: 'sh' },
    ]);
  });
});

describe('an image’s files', () => {
  it('are found by a digest, and by nothing else', () => {
    expect(imageFiles('/i', `sha256:${'a'.repeat(64)}`)).toEqual({ config: `/i/oci/blobs/sha256/${'a'.repeat(64)}`, rootfs: `/i/rootfs/${'a'.repeat(64)}` });
    expect(() => imageFiles('/i', 'sha256:../../etc')).toThrow(/not the digest/);
  });
});
