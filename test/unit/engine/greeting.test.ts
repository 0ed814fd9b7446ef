import { describe, expect, it } from '@jest/globals';
import { parseGreeting } from '../../../engine/service/greeting';

const root = '561 508 0:60 / / rw,relatime - overlay overlay rw,lowerdir=/snapshots/2/fs:/snapshots/1/fs,upperdir=/snapshots/9/fs,workdir=/snapshots/9/work';
const given = (changes: Record<string, string[]> = {}) =>
  Object.entries({
    arg: ['redis-server', '--save', ''],
    env: ['PATH=/bin', 'URL=http://a/?b=c', 'EMPTY='],
    cwd: ['/data'],
    hostname: ['cache-1'],
    status: ['Uid:\t100\t101\t100\t100', 'Gid:\t200\t201\t200\t200', 'Groups:\t7 8 ', 'Umask:\t0027', 'CapBnd:\t00000000a80425fb', 'NoNewPrivs:\t0'],
    root: [root],
    ...changes,
  }).flatMap(([key, values]) => values.map((value) => `${key}=${value}\0`)).join('');

describe('what an ambassador says of itself', () => {
  it('is what its container engine has made of the deployment', () => {
    expect(parseGreeting(given())).toEqual({
      command: ['redis-server', '--save', ''],
      env: { PATH: '/bin', URL: 'http://a/?b=c', EMPTY: '' },
      workdir: '/data',
      user: '101:201',
      hostname: 'cache-1',
      confinement: {
        additionalGids: [7, 8],
        capabilities: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SETPCAP', 'NET_BIND_SERVICE', 'NET_RAW', 'SYS_CHROOT', 'MKNOD', 'AUDIT_WRITE', 'SETFCAP'].map((name) => `CAP_${name}`),
        noNewPrivileges: false,
        readOnlyRoot: false,
        umask: 0o027,
      },
      imageFrom: '/snapshots/2/fs:/snapshots/1/fs',
    });
  });

  it('has confinements that were asked for', () => {
    const { confinement } = parseGreeting(given({ status: ['Uid:\t0\t0\t0\t0', 'Gid:\t0\t0\t0\t0', 'Groups:\t', 'Umask:\t0022', 'CapBnd:\t0000000000000400', 'NoNewPrivs:\t1'], root: [root.replace('rw,relatime', 'ro,relatime')] }));
    expect(confinement).toEqual({ additionalGids: [], capabilities: ['CAP_NET_BIND_SERVICE'], noNewPrivileges: true, readOnlyRoot: true, umask: 0o022 });
  });

  it('gives the application no capability that no outer container has', () => {
    expect(parseGreeting(given({ status: ['Uid:\t0\t0\t0\t0', 'Gid:\t0\t0\t0\t0', 'Groups:\t', 'Umask:\t0022', 'CapBnd:\t0000000000201020', 'NoNewPrivs:\t0'] })).confinement.capabilities).toEqual(['CAP_KILL']);
  });

  it('tells one image from another by the layers below, and not by the container', () => {
    const from = (line: string) => parseGreeting(given({ root: [line] })).imageFrom;
    expect(from(root.replaceAll('snapshots/9', 'snapshots/10'))).toBe(from(root));
    expect(from(root.replace('snapshots/2', 'snapshots/3'))).not.toBe(from(root));
    expect(from('1 2 8:1 /image-a / rw - ext4 /dev/sda rw')).not.toBe(from('1 2 8:1 /image-b / rw - ext4 /dev/sda rw'));
  });

  it.each(['cwd', 'hostname', 'root'])('is not one without %s', (key) => {
    expect(() => parseGreeting(given({ [key]: [] }))).toThrow(expect.objectContaining({ code: 'bad-greeting', message: expect.stringContaining(key) }));
  });
});
