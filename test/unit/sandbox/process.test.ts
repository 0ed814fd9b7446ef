import { describe, expect, it } from '@jest/globals';
import { RefusedError } from '../../../domain/errors';
import type { ServiceSpec } from '../../../domain/service';
import { parseImageConfig } from '../../../engine/sandbox/image-config';
import { appProcess, mergeEnv } from '../../../engine/sandbox/process';
import { resolveUser, userByIds } from '../../../engine/sandbox/user';

const spec: ServiceSpec = { id: '3f2b8f4e-57c2-4f2a-9c0e-2f6f7a1d0001', name: 'web', image: 'web:1', env: {}, ports: [], volumes: [], restart: 'no', address: '10.99.0.2' };
const image = parseImageConfig({ config: { Entrypoint: ['/entry'], Cmd: ['serve', '-v'], Env: ['PATH=/opt/bin', 'MODE=image'], WorkingDir: '/srv' } });
const root = resolveUser('', { passwd: '', group: '' });

describe('the process of an application', () => {
  it('is the image’s entrypoint with its command', () => {
    expect(appProcess(spec, image, root).args).toEqual(['/entry', 'serve', '-v']);
  });

  it('takes another command behind the image’s entrypoint', () => {
    expect(appProcess({ ...spec, command: ['check'] }, image, root).args).toEqual(['/entry', 'check']);
  });

  it('drops the image’s command when the entrypoint is another one', () => {
    expect(appProcess({ ...spec, entrypoint: ['/other'] }, image, root).args).toEqual(['/other']);
    expect(appProcess({ ...spec, entrypoint: ['/other'], command: ['a'] }, image, root).args).toEqual(['/other', 'a']);
  });

  it('is refused when neither image nor user names a program', () => {
    expect(() => appProcess(spec, parseImageConfig({ config: {} }), root)).toThrow(RefusedError);
    expect(() => appProcess(spec, parseImageConfig({}), root)).toThrow(/names no program/);
  });

  it('has the image’s environment, with what the user asked over it', () => {
    const { env } = appProcess({ ...spec, env: { MODE: 'asked', EQUALS: 'a=b' } }, image, root);
    expect(env).toEqual(['PATH=/opt/bin', 'HOSTNAME=3f2b8f4e57c2', 'HOME=/', 'MODE=asked', 'EQUALS=a=b']);
  });

  it('runs in the asked directory, else the image’s, else the root', () => {
    expect(appProcess({ ...spec, workdir: '/asked' }, image, root).workdir).toBe('/asked');
    expect(appProcess(spec, image, root).workdir).toBe('/srv');
    expect(appProcess({ ...spec, command: ['x'] }, parseImageConfig({}), root).workdir).toBe('/');
  });

  it('merges an environment by name, the later one winning', () => {
    expect(mergeEnv(['A=1', 'B=2'], ['B=3'], ['C=', 'A=x=y'])).toEqual(['A=x=y', 'B=3', 'C=']);
  });
});

describe('the user of an application', () => {
  const files = {
    passwd: 'root:x:0:0:root:/root:/bin/sh\n# a comment\nweb:x:33:34:Web:/var/www:/bin/false\n100:x:7:7::/odd:/bin/sh\nbroken line\n',
    group: 'root:x:0:\nweb:x:34:\nlogs:x:4:other,web\nssl:x:5:web\nodd:x:6:webb\n',
  };

  it('is root where nothing is said', () => {
    expect(resolveUser('', files)).toEqual({ uid: 0, gid: 0, additionalGids: [], home: '/root' });
  });

  it('named has its own group, all groups that list it, and its home', () => {
    expect(resolveUser('web', files)).toEqual({ uid: 33, gid: 34, additionalGids: [4, 5], home: '/var/www' });
    expect(resolveUser('33', files)).toEqual({ uid: 33, gid: 34, additionalGids: [4, 5], home: '/var/www' });
  });

  it('with a group has only that', () => {
    expect(resolveUser('web:logs', files)).toMatchObject({ uid: 33, gid: 4, additionalGids: [] });
    expect(resolveUser('web:99', files)).toMatchObject({ gid: 99 });
  });

  it('may be a number that the image does not know', () => {
    expect(resolveUser('4711', files)).toEqual({ uid: 4711, gid: 0, additionalGids: [], home: '/' });
  });

  it('that the image does not know by name is refused, and so is such a group', () => {
    expect(() => resolveUser('nobody', files)).toThrow(/no user "nobody"/);
    expect(() => resolveUser('web:wheel', files)).toThrow(/no group "wheel"/);
  });

  it('named like a number is found by its name first', () => {
    expect(resolveUser('100', files)).toMatchObject({ uid: 7, home: '/odd' });
  });

  it('is the very number where an orchestrator has confined the process by it', () => {
    expect(userByIds('100:200')).toEqual({ uid: 100, gid: 200, additionalGids: [], home: '/' });
  });
});
