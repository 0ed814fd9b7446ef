import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { issueServing, liveCertificates } from '../../../clients/authority/serving';

const minute = 60_000;
const hour = 60 * minute;

describe('a serving certificate', () => {
  it.each([['carryon-interceptor.carryon.svc', 'DNS:carryon-interceptor.carryon.svc'], ['10.77.0.1', 'IP Address:10.77.0.1'], ['fd00::1', 'IP Address:FD00:0:0:0:0:0:0:1']])('is for %s, signed by an authority of its own', async (host, name) => {
    const { cert, ca, expires } = await issueServing(host, hour);
    const [leaf, authority] = [new X509Certificate(cert), new X509Certificate(ca)];
    expect(leaf.subjectAltName).toBe(name);
    expect([leaf.ca, authority.ca]).toEqual([false, true]);
    expect(leaf.checkIssued(authority) && leaf.verify(authority.publicKey)).toBe(true);
    expect(Math.abs(expires.getTime() - Date.now() - hour)).toBeLessThan(60_000);
  });

  it('shares nothing with another', async () => {
    const [one, two] = await Promise.all([issueServing('a', hour), issueServing('a', hour)]);
    expect(new X509Certificate(one.cert).verify(new X509Certificate(two.ca).publicKey)).toBe(false);
    expect(new X509Certificate(one.ca).subject).not.toBe(new X509Certificate(two.ca).subject);
  });
});

describe('the certificates of a bundle', () => {
  it('are those that have not ended', async () => {
    const [live, ending] = await Promise.all([issueServing('a', hour), issueServing('a', minute)]);
    expect(liveCertificates(`${live.ca}\n${ending.ca}`)).toHaveLength(2);
    expect(liveCertificates(`${ending.ca}\nnonsense\n${live.ca}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----`, Date.now() + 2 * minute)).toEqual([live.ca]);
    expect(liveCertificates('')).toEqual([]);
  });
});
