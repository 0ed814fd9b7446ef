import { createPublicKey, sign, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { readIfThere } from '../read-file';
import { writeDurably } from '../write-file';
import { bitString, constructed, integer, octetString, oid, primitive, sequence, set, utf8, type Der } from './der';

const id = { commonName: '2.5.4.3', subjectAltName: '2.5.29.17', extensionRequest: '1.2.840.113549.1.9.14', ecdsaWithSha256: '1.2.840.10045.4.3.2' };
const uniformResourceIdentifier = 6;

/** Keeps csr.pem beside the key, for this identity, so that the coordinator can sign again at any time. */
export async function ensureSigningRequest(directory: string, key: KeyObject, identity: string): Promise<void> {
  const path = join(directory, 'csr.pem');
  const wanted = requestInfo(key, identity);
  const present = await readIfThere(path);
  if (present && fromPem(present).includes(wanted)) return;
  await writeDurably(path, toPem(signed(wanted, key)), 0o644);
}

/** PKCS #10. The identity is a URI: clients verify it, not a host name, which changes with the cluster. */
function requestInfo(key: KeyObject, identity: string): Der {
  const version = integer(0);
  const subject = sequence(set(sequence(oid(id.commonName), utf8('carryon engine'))));
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const names = sequence(primitive(uniformResourceIdentifier, Buffer.from(identity, 'ascii')));
  const extensions = sequence(sequence(oid(id.subjectAltName), octetString(names)));
  return sequence(version, subject, publicKey, constructed(0, sequence(oid(id.extensionRequest), set(extensions))));
}

function signed(info: Der, key: KeyObject): Der {
  return sequence(info, sequence(oid(id.ecdsaWithSha256)), bitString(sign('sha256', info, key)));
}

const toPem = (der: Der) =>
  ['-----BEGIN CERTIFICATE REQUEST-----', ...(der.toString('base64').match(/.{1,64}/g) ?? []), '-----END CERTIFICATE REQUEST-----', ''].join('\n');

const fromPem = (pem: string): Buffer => Buffer.from(pem.replace(/-----.*?-----/g, ''), 'base64');
