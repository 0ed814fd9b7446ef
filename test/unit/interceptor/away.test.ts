import { describe, expect, it } from '@jest/globals';
import { awayOf, concerns } from '../../../clients/orchestrators/kubernetes/away';

const service = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
const at = (text: string) => ({ annotations: { 'carryon.io/away': text } });

describe('what an owner says of a service that is away', () => {
  it('is nothing as a rule', () => {
    expect(awayOf({ annotations: { other: 'x' } }, 'Deployment web')).toBeUndefined();
    expect(awayOf(undefined, 'Deployment web')).toBeUndefined();
  });

  it.each([
    [{ service, name: 'web' }, undefined, true],
    [{ service, name: 'web' }, 3, true],
    [{ service, name: 'web-1', index: 1 }, 1, true],
    [{ service, name: 'web-1', index: 0 }, 0, true],
    [{ service, name: 'web-1', index: 1 }, 2, false],
    [{ service, name: 'web-1', index: 1 }, undefined, false],
  ])('%j concerns the pod %s: %s', (record, pod, concerned) => {
    const away = awayOf(at(JSON.stringify(record)), 'StatefulSet web');
    expect(away).toEqual(record);
    expect(away && concerns(away, pod)).toBe(concerned);
  });

  it.each(['', 'yes', 'null', '{"service":"web","name":"web"}', `{"service":"${service}"}`])('is no licence to begin a second copy when it is damaged: %s', (text) => {
    expect(() => awayOf(at(text), 'Deployment web')).toThrow(expect.objectContaining({ code: 'away-damaged', message: expect.stringContaining('Deployment web') }));
  });
});
