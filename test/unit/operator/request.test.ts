import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { lossPolicies, parseRequest, sessionPolicies, strategies } from '../../../domain/request';
import { safetyLevels } from '../../../domain/safety';
import { requestOf } from '../../../operator/request';

describe('a specification', () => {
  it('is a request like that of the command line', () => {
    const all = { service: 'cache', destination: 'cloud', source: 'edge', strategy: 'post-copy', maxDowntime: '1.5s', relayFor: '2h', execSessions: 'end', safety: 'strict', priority: 0, onLoss: 'resume-frozen' } as const;
    const request = requestOf(all);
    expect(request).toEqual({ service: 'cache', to: 'cloud', from: 'edge', strategy: 'post-copy', maxDowntimeMs: 1500, relayForMs: 7_200_000, execSessions: 'end', safety: 'strict', priority: 0, onLoss: 'resume-frozen' });
    expect(parseRequest(request)).toEqual(request);
  });

  it('that says little leaves the rest to the workflow', () => {
    expect(requestOf({ service: 'cache', destination: 'cloud' })).toEqual({ service: 'cache', to: 'cloud' });
  });

  it('with a duration that an older schema let through is refused', () => {
    expect(() => requestOf({ service: 'cache', destination: 'cloud', relayFor: '10' })).toThrow(expect.objectContaining({ code: 'bad-duration' }));
  });
});

describe('the schema of the API server', () => {
  interface Schema {
    properties: Record<string, { enum?: string[]; pattern?: string }>;
  }
  const file = path.resolve(__dirname, '../../../deploy/kubernetes/crd-migration.yaml');
  const definition = parse(readFileSync(file, 'utf8')) as { spec: { versions: { schema: { openAPIV3Schema: { properties: { spec: Schema } } } }[] } };
  const { properties } = definition.spec.versions[0]?.schema.openAPIV3Schema.properties.spec ?? { properties: {} };

  it('lets through what a request may say, and no other word', () => {
    expect(properties.strategy?.enum).toEqual([...strategies]);
    expect(properties.execSessions?.enum).toEqual([...sessionPolicies]);
    expect(properties.safety?.enum).toEqual([...safetyLevels]);
    expect(properties.onLoss?.enum).toEqual([...lossPolicies]);
    expect(Object.keys(properties)).toHaveLength(10);
  });

  it.each(['200ms', '1.5s', '10m', '2h', '', '10', '-1s', '1d', '1 s', 'soon'])('and durations as the command line reads them: "%s"', (duration) => {
    const read = () => requestOf({ service: 'cache', destination: 'cloud', maxDowntime: duration });
    if (new RegExp(properties.maxDowntime?.pattern ?? '').test(duration)) expect(read).not.toThrow();
    else expect(read).toThrow(expect.objectContaining({ code: 'bad-duration' }));
    expect(properties.relayFor?.pattern).toBe(properties.maxDowntime?.pattern);
  });
});
