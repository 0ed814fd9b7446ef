import { expect, it } from '@jest/globals';
import { ApiException } from '@kubernetes/client-node';
import { kubernetesFailure } from '../../../clients/orchestrators/kubernetes/failure';
import { RefusedError } from '../../../domain/errors';

const answer = (code: number, message: string) => new ApiException(code, 'HTTP', JSON.stringify({ kind: 'Status', message }), {});

it.each([
  [answer(403, 'pods is forbidden'), 'kubernetes-forbidden', 'stop', 'pods is forbidden'],
  [answer(401, 'Unauthorized'), 'kubernetes-forbidden', 'stop', 'Unauthorized'],
  [answer(422, 'Invalid value'), 'kubernetes-refused', 'stop', 'Invalid value'],
  [answer(403, 'pods "x" is forbidden: exceeded quota: few, requested: pods=1'), 'quota-exceeded', 'stop', 'exceeded quota: few'],
  [answer(403, 'pods "x" is forbidden: failed quota: few: must specify limits.memory'), 'quota-exceeded', 'stop', 'must specify'],
  [answer(403, 'pods "x" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi'), 'limit-range', 'stop', '1Gi'],
  [answer(403, 'unable to create new content in namespace a because it is being terminated'), 'namespace-going', 'stop', 'terminated'],
  [answer(400, 'admission webhook "policy.example" denied the request: no'), 'webhook-denied', 'stop', 'policy.example'],
  [answer(403, 'pods "x" is forbidden: violates PodSecurity "baseline:latest"'), 'pod-security', 'stop', 'violates PodSecurity'],
  [answer(500, 'Internal error occurred: failed calling webhook "pods.carryon.io": x509: certificate has expired'), 'webhook-failed', 'retry', 'certificate has expired'],
  [answer(429, 'too many requests'), 'kubernetes-failed', 'retry', 'too many requests'],
  [answer(503, 'etcd is away'), 'kubernetes-failed', 'retry', 'etcd is away'],
  [new Error('connect ECONNREFUSED'), 'kubernetes-unreachable', 'retry', 'ECONNREFUSED'],
])('what the API server says is passed on, with what to do about it: %s', (error, code, recovery, words) => {
  const failure = kubernetesFailure(error, 'kube', 'list pods');
  expect(failure).toMatchObject({ code, cluster: 'kube', message: expect.stringContaining(words), next: expect.any(String) });
  expect(failure.recovery === 'retry').toBe(recovery === 'retry');
});

it('leaves our own errors as they are', () => {
  const own = new RefusedError('name-taken', 'taken', { next: 'rename' });
  expect(kubernetesFailure(own, 'kube', 'anything')).toBe(own);
});
