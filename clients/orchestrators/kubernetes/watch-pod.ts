import { Watch, type V1Pod } from '@kubernetes/client-node';
import type { KubernetesContext } from './context';
import { kubernetesFailure } from './failure';
import { selectorOf } from './names';

const watchSeconds = 30;

/** Resolves with the first answer of `seen` about the service's pod that is not undefined; undefined when there is none within the time. */
export async function watchPod<T>({ kubeconfig, config, namespace }: KubernetesContext, which: { service: string; role: string }, timeoutMs: number, seen: (pod: V1Pod) => T | undefined): Promise<T | undefined> {
  const deadline = performance.now() + timeoutMs;
  const query = { labelSelector: selectorOf(config.id, which), timeoutSeconds: watchSeconds };
  for (;;) {
    const left = deadline - performance.now();
    if (left <= 0) return undefined;
    const answer = await new Promise<T | undefined>((resolve, reject) => {
      let request: AbortController | undefined;
      const timer = setTimeout(() => settle(resolve, undefined), left);
      const settle = <A>(how: (value: A) => void, value: A) => {
        clearTimeout(timer);
        how(value);
        request?.abort();
      };
      // What is there is told first, as if it had just been added.
      const told = (phase: string, pod: V1Pod) => {
        if (phase !== 'ADDED' && phase !== 'MODIFIED') return;
        try {
          const found = seen(pod);
          if (found !== undefined) settle(resolve, found);
        } catch (error) {
          settle(reject, error);
        }
      };
      new Watch(kubeconfig)
        .watch(`/api/v1/namespaces/${namespace}/pods`, query, told, (error: unknown) => settle(error ? reject : resolve, error as undefined))
        .then((controller) => (request = controller), reject);
    }).catch((error: unknown) => {
      throw kubernetesFailure(error, config.id, 'watch pods');
    });
    if (answer !== undefined) return answer;
  }
}
