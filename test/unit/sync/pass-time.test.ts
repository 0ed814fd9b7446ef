import { describe, expect, it } from '@jest/globals';
import { beganAt, formatPass, passTime } from '../../../sync/pass-time';

const pass = { wallMs: 1_000_000, monotonicMs: 5_000 };
const later = (ms: number, setBy = 0) => ({ wallMs: pass.wallMs + ms + setBy, monotonicMs: pass.monotonicMs + ms });

describe('the time of the pass before', () => {
  it('is known as long as the wall clock goes as evenly as the other', () => {
    expect(beganAt(formatPass(pass), later(60_000))).toBe(pass.wallMs);
    expect(beganAt(formatPass(pass), later(60_000, 200))).toBe(pass.wallMs);
    const now = passTime();
    expect(beganAt(formatPass(now), passTime())).toBe(now.wallMs);
  });

  it.each([['back', -3_600_000], ['ahead', 3_600_000], ['back by a second', -1_000]])('is not, when the wall clock was set %s since: all contents are compared then', (_, setBy) => {
    expect(beganAt(formatPass(pass), later(60_000, setBy))).toBeUndefined();
  });

  it.each(['', '1000000', 'x 1', '1 2 3'])('is not without a pass, or one that wrote something else (%j)', (text) => {
    expect(beganAt(text, later(1))).toBeUndefined();
  });
});
