import { PassThrough, Readable, Writable } from 'node:stream';
import { Exec, type V1Status } from '@kubernetes/client-node';
import { UnavailableError } from '../../../domain/errors';
import type { KubernetesContext } from './context';
import { containerName } from './names';

const timeoutMs = 90_000;

/** Runs a command in the outer container of a pod; resolves with what it wrote to stdout. */
export async function execInPod({ kubeconfig, namespace, config }: KubernetesContext, pod: string, command: string[], input?: Buffer): Promise<string> {
  const [out, err] = [collector(), collector()];
  const stdin = input && Readable.from([input]);
  let timer: NodeJS.Timeout | undefined;
  const status = await new Promise<V1Status>((resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
    new Exec(kubeconfig).exec(namespace, pod, containerName, command, out.stream, err.stream, stdin ?? null, false, resolve).then((socket) => {
      socket.on('close', () => reject(new Error('the connection was closed before the command ended')));
      socket.on('error', reject);
    }, reject);
  })
    .catch((error: unknown) => {
      throw unanswered(config.id, pod, reasonOf(error));
    })
    .finally(() => clearTimeout(timer));
  if (status.status === 'Success') return out.text();
  throw unanswered(config.id, pod, `${err.text().trim() || status.message}`);
}

function collector(): { stream: Writable; text: () => string } {
  const stream = new PassThrough();
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}

/** A refused upgrade comes as an event, not as an error. */
const reasonOf = (error: unknown) => (error as { message?: string }).message ?? String(error);

const unanswered = (cluster: string, pod: string, words: string) =>
  new UnavailableError('exec-failed', `A command in the pod ${pod} of cluster ${cluster} failed: ${words}`, { cluster, next: `See the reason above, and kubectl describe pod ${pod}. Commands in pods need the right to get and create pods/exec.` });
