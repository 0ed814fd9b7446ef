import { describe, expect, it } from '@jest/globals';
import type { Ticket } from '../../../domain/migration';
import { consequencesOf } from '../../../engine/migration/consequences';
import { driverConfig, formatConfig } from '../../../engine/migration/driver-config';
import { driverFailure } from '../../../engine/migration/driver-failure';
import { bytesSent, downtimeOf, outcomeOf, parseEvents } from '../../../engine/migration/events';
import { concludeFrom } from '../../../engine/migration/ask-destination';
import { layout } from '../../../engine/paths';
import { journalStates } from '../../../domain/service';

const side = (cluster: string) => ({ cluster, reach: { host: `${cluster}.example`, apiPort: 1, handoffPort: 2, tunnelPort: 3 }, ca: 'CA', tunnelKey: '' });
const ticket: Ticket = {
  migration: 'm-1', service: 's-1', epoch: 4, strategy: 'stop-and-copy', source: side('edge'), destination: side('cloud'), discardAfterMs: 9_000, relayForMs: 0, execSessions: 'refuse',
};
const setting = (role: 'source' | 'destination') => ({
  held: { ticket, role }, layout: layout(), network: { routelocal: 'route replace x' }, ipc: 'join' as const,
  spec: { id: 's-1', name: 'n', image: 'i', env: { SECRET: 'x' }, ports: [], volumes: [{ name: 'data', path: '/d' }, { name: 'more', path: '/m' }], restart: 'no' as const, address: '10.99.0.2' },
  sandbox: { pid: 77, freezer: '/f', appCgroups: ['/a/cgroup.procs', '/b/cgroup.procs'] },
});

describe("the driver's configuration", () => {
  it('leads the source to the destination and names whom to trust there', () => {
    expect(driverConfig(setting('source'))).toMatchObject({ peer: 'cloud.example:2', peername: 'carryon://cloud/service/s-1', epoch: '4', sandboxpid: '77', snapshot: '/run/carryon/handoff/m-1/snapshot' });
  });

  it('tells the destination where to listen and when to discard', () => {
    expect(driverConfig(setting('destination'))).toMatchObject({ listen: '0.0.0.0:7444', peername: 'carryon://edge/service/s-1', deadline: '9000', lastpid: '1' });
  });

  it('tells both sides the bandwidth, where there is a limit', () => {
    const { held, ...rest } = setting('source');
    expect(driverConfig({ ...rest, held: { ...held, ticket: { ...ticket, bytesPerSecond: 4096 } } })).toMatchObject({ bandwidth: '4096' });
    expect(driverConfig(setting('destination'))).not.toHaveProperty('bandwidth');
  });

  it('lists volumes and cgroups with commas', () => {
    expect(driverConfig(setting('source'))).toMatchObject({ volumes: '/volumes/data,/volumes/more', appcgroups: '/a/cgroup.procs,/b/cgroup.procs' });
  });

  it('holds nothing of the environment', () => {
    expect(formatConfig(driverConfig(setting('source')))).not.toContain('SECRET');
  });

  it('cannot be given a second key inside a value', () => {
    expect(() => formatConfig({ peer: 'a\npeerca=/tmp/x' })).toThrow(/line break/);
  });
});

describe("the driver's events", () => {
  const text = '{"t":1700000000123456789,"step":"hold"}\n{"t":1700000000223456789,"step":"images","bytes":37,"ms":12.5}\nnot json\n{"t":1,"step":"end","outcome":"committed","downtimeMs":21.5}\n{"t":2,"st';

  it('are read line by line, leaving out what is not whole', () => {
    expect(parseEvents(text).map(({ step }) => step)).toEqual(['hold', 'images', 'end']);
  });

  it('carry the time in milliseconds, the bytes and the outcome', () => {
    const events = parseEvents(text);
    expect(events[0]?.atMs).toBeCloseTo(1_700_000_000_123.456, 2);
    expect(bytesSent(events)).toBe(37);
    expect(outcomeOf(events)).toBe('committed');
    expect(downtimeOf(events)).toBe(21.5);
  });

  it('do not pass on an outcome that nobody knows', () => {
    expect(outcomeOf(parseEvents('{"step":"end","outcome":"splendid"}\n'))).toBeUndefined();
  });
});

describe("the driver's refusals", () => {
  it('need a human when in doubt, and nothing but the way forward when committed', () => {
    expect(driverFailure('abort', { ok: false, code: 'in-doubt', message: 'm' })).toMatchObject({ recovery: 'human' });
    expect(driverFailure('abort', { ok: false, code: 'committed', message: 'm' })).toMatchObject({ recovery: 'refuse', code: 'committed' });
  });

  it('bring the end of the log of CRIU along', () => {
    expect(driverFailure('handoff', { ok: false, code: 'dump-failed', message: 'dump failed', tail: 'Error (x)\n' })).toMatchObject({ recovery: 'roll-back', message: 'handoff: dump failed: Error (x)' });
  });
});

describe('what a journaled state means', () => {
  it('destroys the sandbox of a source only when nothing is owed any more', () => {
    expect(journalStates.filter((state) => consequencesOf(state, 'source').includes('destroy-sandbox'))).toEqual(['relaying', 'retired']);
  });

  it('frees init from the main process as soon as the service has left', () => {
    expect(journalStates.filter((state) => consequencesOf(state, 'source').includes('init-none'))).toEqual(['owing', 'relaying', 'retired']);
  });

  it('forgets dumps on both sides when the commit is known, and not before', () => {
    expect(journalStates.filter((state) => consequencesOf(state, 'source').includes('forget-dumps'))).toEqual(['relaying', 'retired']);
    expect(journalStates.filter((state) => consequencesOf(state, 'destination').includes('forget-dumps'))).toEqual(['running', 'relaying', 'retired']);
  });

  it('lets a source that lost everything start again on one word only', () => {
    expect(journalStates.filter((state) => concludeFrom(state) === 'ours')).toEqual(['discarded']);
    expect(journalStates.filter((state) => concludeFrom(state) === 'unknown').sort()).toEqual(['absent', 'armedD', 'gated']);
  });
});
