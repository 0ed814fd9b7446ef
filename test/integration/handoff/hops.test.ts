import { describe, expect, test } from '@jest/globals';
import { wayBack } from './way-back';
import { useWorkshop } from './workshop';

const workshop = useWorkshop();
const everything = 'flock=1 posix-lock=1 deleted=1 linked=1 terminal=1 daemon=1 limit=1 hidden=1 stops=0';

describe('a second hop', () => {
  test('takes along what the first one restored, and what was forked since', async () => {
    const pair = await workshop.begin({ environment: { FEATURES: '1' }, processes: 3 });
    await pair.must('source', 'handoff');
    await pair.must('destination', 'finish');
    const [, first] = (await pair.ask('K')).split(' ');
    await wayBack(pair);
    expect(await pair.ask('X')).toBe(everything);
    const [, second, code] = (await pair.ask('K')).split(' ');
    expect(code).toBe('7');
    expect(Number(second)).toBeGreaterThan(1003);
    expect(Number(first)).toBeGreaterThan(1003);
    expect(await pair.processes('source')).toBe(4);
  }, 90_000);

  test('takes the IPC namespace along that the first one made', async () => {
    const pair = await workshop.begin({ environment: { SYSV: '1' }, config: { source: ['ipc=dump'], destination: ['ipc=dump'] } });
    await pair.must('source', 'handoff');
    await pair.must('destination', 'finish');
    await wayBack(pair, ['ipc=dump']);
    expect(await pair.ask('I')).toBe('I 1001 4711');
  }, 90_000);

  test('that needs no System V objects any more goes without them', async () => {
    const pair = await workshop.begin({ environment: { SYSV: '1' }, config: { source: ['ipc=dump'], destination: ['ipc=dump'] } });
    await pair.must('source', 'handoff');
    await pair.must('destination', 'finish');
    expect(await pair.ask('R')).toBe('R 0');
    await wayBack(pair);
    expect(await pair.ask('I')).toBe('I 1001 0');
  }, 90_000);
});
