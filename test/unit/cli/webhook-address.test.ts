import { describe, expect, it } from '@jest/globals';
import { parseWebhookAddress } from '../../../cli/parse/webhook-address';
import { hostOf, webhookConfiguration } from '../../../interceptor/configuration';

describe('where API servers find the interceptor', () => {
  it.each([
    [{ url: 'https://10.77.0.1:8443' }, '10.77.0.1', { url: 'https://10.77.0.1:8443/mutate' }],
    [{ url: 'https://[fd00::1]:8443/' }, 'fd00::1', { url: 'https://[fd00::1]:8443/mutate' }],
    [{ url: 'https://interceptor.example.org' }, 'interceptor.example.org', { url: 'https://interceptor.example.org/mutate' }],
    [{ service: 'carryon/interceptor' }, 'interceptor.carryon.svc', { service: { namespace: 'carryon', name: 'interceptor', path: '/mutate', port: 443 } }],
  ])('%j', (given, host, config) => {
    const address = parseWebhookAddress(given);
    expect(hostOf(address)).toBe(host);
    expect(webhookConfiguration('cloud', 'services', address, ['A', 'B']).webhooks?.[0]?.clientConfig).toEqual({ ...config, caBundle: Buffer.from('A\nB').toString('base64') });
  });

  it.each([{}, { url: 'https://a', service: 'b/c' }, { url: 'http://a:1' }, { url: 'a:1' }, { url: 'https://a/b' }, { url: 'https://a/?b' }, { url: 'https://me@a/' }, { service: 'b' }, { service: 'b/c/d' }])('is not %j', (given) => {
    expect(() => parseWebhookAddress(given)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});
