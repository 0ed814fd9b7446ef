import { describe, expect, it } from '@jest/globals';
import { ApiException } from '@kubernetes/client-node';
import { rehearse } from '../../../clients/orchestrators/kubernetes/rehearse';

const answer = (code: number, message: string) => () => Promise.reject(new ApiException(code, 'HTTP', JSON.stringify({ kind: 'Status', message }), {}));
const asked = (call: () => Promise<unknown>) => rehearse('kube', 'ask', call);

describe('what is asked without making anything', () => {
  it('goes on where nothing keeps it, and where a webhook cannot tell', async () => {
    await asked(() => Promise.resolve({}));
    await asked(answer(400, 'admission webhook "other.example.org" does not support dry run'));
  });

  it.each([
    [answer(403, 'pods "x" is forbidden: exceeded quota: few'), 'quota-exceeded', 'refuse'],
    [answer(500, 'Internal error occurred: failed calling webhook "other.example.org"'), 'webhook-failed', 'refuse'],
    [answer(503, 'etcd is away'), 'kubernetes-failed', 'retry'],
  ])('is refused at once where that is sure', async (call, code, recovery) => {
    await expect(asked(call)).rejects.toMatchObject({ code, recovery, cluster: 'kube', next: expect.any(String) });
  });
});
