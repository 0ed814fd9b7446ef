import type { Address } from '../../interceptor/configuration';
import { UsageError } from '../usage-error';

const advice = 'Give --url https://HOST:PORT, as API servers reach this machine, or --service NAMESPACE/NAME.';

/** Where API servers find the interceptor. */
export function parseWebhookAddress({ url, service }: { url?: string; service?: string }): Address {
  if ((url === undefined) === (service === undefined)) throw new UsageError('Say where the API server finds the interceptor, in one way.', advice);
  if (service !== undefined) {
    const [, namespace, name] = /^([a-z0-9-]+)\/([a-z0-9-]+)$/.exec(service) ?? [];
    if (namespace === undefined || name === undefined) throw new UsageError(`--service ${service}: not a Service.`, advice);
    return { service: { namespace, name } };
  }
  const parsed = URL.canParse(url ?? '') ? new URL(url ?? '') : undefined;
  if (parsed?.protocol !== 'https:') throw new UsageError(`--url ${url}: not an address of HTTPS.`, advice);
  if (parsed.pathname !== '/' || parsed.search || parsed.hash || parsed.username) throw new UsageError(`--url ${url}: a host and a port are enough.`, advice);
  return { url: parsed.href };
}
