import type { PortMapping } from './service';

/** What a cluster's owner has run when a service has moved. Only that cluster's coordinator knows it. */
export type CutoverHook = ({ command: string[] } | { http: HookRequest }) & {
  /** Of one attempt. */
  timeoutMs: number;
  /** Further attempts after a failed one. */
  retries: number;
};

export interface HookRequest {
  url: string;
  method: 'POST' | 'PUT' | 'PATCH';
  /** File with a header in each line; read for each attempt. */
  headersFrom?: string;
}

/** What a hook is told. No secrets in it. */
export interface CutoverNews {
  /** As the cluster of the hook sees it. */
  event: 'arrived' | 'left';
  service: { id: string; name: string };
  source: CutoverSide;
  destination: CutoverSide;
  /** That the service publishes. */
  ports: PortMapping[];
  /** That was handed over: it only grows, so what is told later of a smaller one is old. */
  epoch: number;
  workflowId: string;
}

export interface CutoverSide {
  cluster: string;
  /** Where the other clusters reach it. */
  host: string;
}

/** One attempt; rejects when it failed. */
export type RunHook = (hook: CutoverHook, news: CutoverNews) => Promise<void>;

/** Names a hook in messages; what may be secret in it is left out. */
export const hookName = (hook: CutoverHook): string => ('command' in hook ? `command ${hook.command[0]}` : `${hook.http.method} ${new URL(hook.http.url).origin}`);
