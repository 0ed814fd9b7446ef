import { X509Certificate } from 'node:crypto';
import { coordinatorIdentity, serviceIdentity } from '../../domain/names';

export type Caller = { kind: 'coordinator' } | { kind: 'peer'; cluster: string };

/** Whom this engine trusts now. */
export interface Trust {
  cluster: string;
  service: string;
  /** PEM of the own cluster's CA. */
  ca: string;
  /** Other side of the newest ticket. */
  peer?: { cluster: string; ca: string };
}

/**
 * Who calls, by certificate. A name counts only when the CA of that name's own cluster has signed it:
 * the peer's CA could otherwise issue a coordinator of ours.
 */
export function identifyCaller(certificate: X509Certificate | undefined, trust: Trust): Caller | undefined {
  if (!certificate) return undefined;
  const names = uriNames(certificate);
  if (names.includes(coordinatorIdentity(trust.cluster)) && signedBy(certificate, trust.ca)) return { kind: 'coordinator' };
  const { peer } = trust;
  if (peer && names.includes(serviceIdentity(peer.cluster, trust.service)) && signedBy(certificate, peer.ca)) {
    return { kind: 'peer', cluster: peer.cluster };
  }
  return undefined;
}

export function uriNames(certificate: X509Certificate): string[] {
  // A name that holds a comma or a quote is shown quoted by Node; none of ours does, so such an entry is nobody's.
  return (certificate.subjectAltName ?? '')
    .split(', ')
    .filter((name) => name.startsWith('URI:'))
    .map((name) => name.slice('URI:'.length));
}

function signedBy(certificate: X509Certificate, ca: string): boolean {
  try {
    const authority = new X509Certificate(ca);
    return authority.ca && certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
  } catch {
    return false;
  }
}
