import { RefusedError } from '../../domain/errors';

export interface User {
  uid: number;
  gid: number;
  additionalGids: number[];
  home: string;
}

/** The two files of the image that know names. Missing files are empty texts. */
export interface UserFiles {
  passwd: string;
  group: string;
}

interface Entry {
  name: string;
  id: number;
  fields: string[];
}

/**
 * `name|uid[:group|gid]` as a container engine reads it: a number need not be in the files; without a group the user's own
 * groups apply, with one only that.
 */
export function resolveUser(wish: string, files: UserFiles): User {
  const [userWish = '', groupWish] = wish.split(':');
  const passwd = entriesOf(files.passwd);
  const groups = entriesOf(files.group);
  const entry = entryFor(userWish || '0', passwd);
  const uid = entry?.id ?? idOf(userWish || '0', 'user', '/etc/passwd');
  if (groupWish) {
    const gid = entryFor(groupWish, groups)?.id ?? idOf(groupWish, 'group', '/etc/group');
    return { uid, gid, additionalGids: [], home: homeOf(entry) };
  }
  const member = (group: Entry) => entry !== undefined && (group.fields[3] ?? '').split(',').includes(entry.name);
  return { uid, gid: Number(entry?.fields[3] ?? 0), additionalGids: groups.filter(member).map(({ id }) => id), home: homeOf(entry) };
}

/** `uid:gid` of a process that an orchestrator has confined: numbers, whatever names the image has. Its environment says where its home is. */
export function userByIds(ids: string): User {
  const [uid = 0, gid = 0] = ids.split(':').map(Number);
  return { uid, gid, additionalGids: [], home: '/' };
}

const homeOf = (entry: Entry | undefined) => entry?.fields[5] || '/';

function entriesOf(file: string): Entry[] {
  return file.split('\n').flatMap((line) => {
    const fields = line.trim().split(':');
    const [name, , id] = fields;
    return name && id !== undefined && /^\d+$/.test(id) ? [{ name, id: Number(id), fields }] : [];
  });
}

const entryFor = (wish: string, entries: Entry[]) => entries.find(({ name }) => name === wish) ?? entries.find(({ id }) => String(id) === wish);

function idOf(wish: string, kind: string, file: string): number {
  if (/^\d+$/.test(wish)) return Number(wish);
  throw new RefusedError('unknown-user', `the image's ${file} has no ${kind} "${wish}"`, { next: `use a ${kind} that the image has, or a number` });
}
