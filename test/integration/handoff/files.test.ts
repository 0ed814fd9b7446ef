import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Pair, Side } from './pair';
import { useWorkshop } from './workshop';

const upper = '/var/lib/carryon/layer/upper';
const root = '/proc/$(cat /run/carryon/sandbox.pid)/root';
const access = 'system.posix_acl_access';
/** Version 2; owner rw, user 1001 r, group r, mask r, others nothing: as the kernel keeps it. */
const readableForOne = ['02000000', '01000600ffffffff', '02000400e9030000', '04000400ffffffff', '10000400ffffffff', '20000000ffffffff'].join('');

let pair: Pair;
const workshop = useWorkshop();

/** What a pass of `sync` leaves: the same files on both sides, and a snapshot of them. */
async function synchronized(prepare: string): Promise<void> {
  await pair.run('source', `cd ${root}; ${prepare}`);
  await pair.run('source', `tar --xattrs --xattrs-include='*' --acls -cf /fixtures/data.tar -C /volumes/data .; sleep 0.1; /opt/carryon/bin/handoff snapshot ${upper} /volumes/data > /run/carryon/snapshot`);
  await pair.run('destination', `tar --xattrs --xattrs-include='*' --acls -xf /fixtures/data.tar -C /volumes/data`);
}
const attribute = (side: Side, path: string, name: string) => pair.run(side, `/fixtures/attribute get ${root}/data/${path} ${name}`);
const inode = (path: string) => pair.run('destination', `stat -c %i ${root}/data/${path}`);

beforeEach(async () => { pair = await workshop.begin({ config: { source: ['snapshot=/run/carryon/snapshot'] } }); }, 60_000);

describe('what changes about a file between the last pass and the freeze', () => {
  test('arrives when it is one more name, one less, or content under one of several', async () => {
    await synchronized('echo a > data/grows; echo b > data/shrinks; ln data/shrinks data/dropped; echo c > data/one; ln data/one data/two; echo d > data/still; ln data/still data/as-before');
    const before = await inode('still');
    await pair.run('source', `cd ${root}/data; ln grows grown; rm dropped; echo changed > one`);
    await pair.must('source', 'handoff');
    expect(await inode('grown')).toBe(await inode('grows'));
    expect(await inode('two')).toBe(await inode('one'));
    expect(await pair.run('destination', `cd ${root}/data; cat two shrinks; stat -c '%n %h' grows one shrinks still; ls`)).toBe(
      'changed\nb\ngrows 2\none 2\nshrinks 1\nstill 2\nas-before\ngrown\ngrows\none\nshrinks\nstill\ntwo');
    expect(await inode('still')).toBe(before);
  }, 90_000);

  test('arrives when it is an access list or another attribute, given or taken', async () => {
    const set = (path: string, name: string, hex: string) => `/fixtures/attribute set ${path} ${name} ${hex}`;
    await synchronized(['mkdir data/given data/taken; touch data/file data/less', set('data/taken', access, readableForOne), set('data/less', 'user.colour', '626c7565'), set('data/taken', 'user.colour', '626c7565')].join('; '));
    await pair.run('source', `cd ${root}; ${[set('data/given', access, readableForOne), set('data/file', access, readableForOne), set('data/file', 'user.colour', '726564'),
      `/fixtures/attribute drop data/taken ${access}`, '/fixtures/attribute drop data/taken user.colour', '/fixtures/attribute drop data/less user.colour'].join('; ')}`);
    await pair.must('source', 'handoff');
    expect(await attribute('destination', 'given', access)).toBe(readableForOne);
    expect(await attribute('destination', 'file', access)).toBe(readableForOne);
    expect(await attribute('destination', 'file', 'user.colour')).toBe('726564');
    for (const [path, name] of [['taken', access], ['taken', 'user.colour'], ['less', 'user.colour']] as const) expect([path, name, await attribute('destination', path, name)]).toEqual([path, name, '-']);
  }, 90_000);
});
