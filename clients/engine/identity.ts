import { X509Certificate } from 'node:crypto';

/** Undefined when the certificate names this URI; that its CA signed it has been checked before. */
export function checkIdentity(der: Buffer, wanted: string): Error | undefined {
  // Node shows a name with a comma or a quote in quotes; none of ours has one, so such an entry never equals a wanted name.
  const names = (new X509Certificate(der).subjectAltName ?? '').split(', ');
  if (names.includes(`URI:${wanted}`)) return undefined;
  return new Error(`its certificate is for ${names.join(', ') || 'nobody'}, not for ${wanted}`);
}
