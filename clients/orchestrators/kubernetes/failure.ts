import { ApiException } from '@kubernetes/client-node';
import { CarryonError, RefusedError, UnavailableError } from '../../../domain/errors';

/** A watch that is refused says so in a field of its own. */
const codeOf = (error: unknown) => (error instanceof ApiException ? error.code : (error as { statusCode?: number }).statusCode);

export const isMissing = (error: unknown) => codeOf(error) === 404;
/** What was meant, by its UID, is not there any more. */
export const isGone = (error: unknown) => isMissing(error) || codeOf(error) === 409;

/** It is not any more as it was when it was read. */
export const isChanged = (error: unknown) => error instanceof CarryonError && codeOf(error.cause) === 409;

/** The API server's words, without the client library's framing. */
export function serverWords(error: unknown): string {
  if (!(error instanceof ApiException)) return error instanceof Error ? error.message : String(error);
  const body: unknown = typeof error.body === 'string' ? parsed(error.body) : error.body;
  const message = (body as { message?: unknown } | undefined)?.message;
  return typeof message === 'string' ? message : String(error.body);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** What stands behind a refusal that no right would change, by the API server's own words. */
const causes = [
  { words: /exceeded quota|failed quota/, code: 'quota-exceeded', next: 'Raise that ResourceQuota, or free some of it (kubectl describe quota), and try again.' },
  { words: /(minimum|maximum) \w+ usage per |max limit to request ratio per /, code: 'limit-range', next: 'Change that LimitRange (kubectl describe limitrange), or give the service other limits.' },
  { words: /because it is being terminated/, code: 'namespace-going', next: 'Wait until the namespace is gone, and make it again.' },
  { words: /admission webhook .* denied the request/, code: 'webhook-denied', next: 'See what the owner of that webhook asks for.' },
  { words: /violates PodSecurity/, code: 'pod-security', next: 'Label the namespace so that outer containers may run there, as docs/KUBERNETES.md tells under "Rights".' },
];

/** Makes our error of an API server's: no answer can be tried again, a refusal cannot. */
export function kubernetesFailure(error: unknown, cluster: string, doing: string): CarryonError {
  if (error instanceof CarryonError) return error;
  const code = codeOf(error);
  const words = serverWords(error);
  if (code === undefined) {
    return new UnavailableError('kubernetes-unreachable', `The API server of cluster ${cluster} does not answer (${doing}): ${words}`, {
      cluster,
      next: 'Check that it runs, and that the kubeconfig and context in carryon.yaml are right.',
      cause: error,
    });
  }
  const message = `Kubernetes of cluster ${cluster} refused (${doing}): ${words}`;
  const behind = causes.find((one) => one.words.test(words));
  if (behind) return new RefusedError(behind.code, message, { cluster, next: behind.next, cause: error });
  if (words.includes('failed calling webhook')) {
    return new UnavailableError('webhook-failed', message, { cluster, next: 'Start what answers that webhook, or renew its certificate; `carryon interceptor` does both where it is ours.', cause: error });
  }
  if (code === 401 || code === 403) {
    return new RefusedError('kubernetes-forbidden', message, { cluster, next: 'Give the user of the kubeconfig this right; docs/KUBERNETES.md lists all that are needed.', cause: error });
  }
  if (code === 429 || code >= 500) return new UnavailableError('kubernetes-failed', message, { cluster, next: 'See the log of the API server.', cause: error });
  return new RefusedError('kubernetes-refused', message, { cluster, next: 'See the reason above; nothing else was changed.', cause: error });
}

const answerTimeoutMs = 30_000;

/** Runs calls to the API server under one description. The client library itself waits for ever. */
export async function asking<T>(cluster: string, doing: string, call: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${answerTimeoutMs / 1000} s`)), answerTimeoutMs);
  });
  try {
    return await Promise.race([call(), silence]);
  } catch (error) {
    throw kubernetesFailure(error, cluster, doing);
  } finally {
    clearTimeout(timer);
  }
}
