import { expect, test } from '@jest/globals';
import { decideSafety, type Safety } from '../../../domain/safety';

const clusters = (edge: Safety, cloud: Safety) => [{ id: 'edge', safety: edge }, { id: 'cloud', safety: cloud }];

test('the stricter of all wishes wins', () => {
  expect(decideSafety({ asked: 'normal', clusters: clusters('normal', 'normal') })).toEqual({ safety: 'normal' });
  expect(decideSafety({ asked: 'strict', clusters: clusters('normal', 'normal') })).toEqual({ safety: 'strict', by: 'asked for' });
});

test('a request cannot loosen what a cluster wants, and is told so', () => {
  expect(decideSafety({ asked: 'normal', clusters: clusters('normal', 'strict') })).toEqual({ safety: 'strict', by: 'set at cloud; a request cannot loosen it' });
  expect(decideSafety({ asked: 'strict', clusters: clusters('strict', 'strict') }).by).toContain('edge and cloud');
});
