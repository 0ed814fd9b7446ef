import { execa } from 'execa';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** CA and service certificate of two clusters, a and b, and of a stranger who claims to be a: <name>-ca.pem, <name>.pem, <name>.key. */
export async function certificates(directory: string): Promise<void> {
  const openssl = (...argv: string[]) => execa('openssl', argv, { cwd: directory });
  for (const name of ['a', 'b', 'stranger']) {
    const uri = `URI:carryon://${name === 'stranger' ? 'a' : name}/service/s1`;
    for (const key of [`${name}-ca.key`, `${name}.key`]) await openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', key);
    await openssl('req', '-x509', '-new', '-key', `${name}-ca.key`, '-subj', `/CN=${name} CA`, '-days', '2', '-out', `${name}-ca.pem`);
    await openssl('req', '-new', '-key', `${name}.key`, '-subj', `/CN=${name}`, '-out', `${name}.csr`);
    await writeFile(join(directory, `${name}.ext`), `subjectAltName=${uri}\n`);
    await openssl('x509', '-req', '-in', `${name}.csr`, '-CA', `${name}-ca.pem`, '-CAkey', `${name}-ca.key`, '-CAcreateserial', '-days', '2',
      '-extfile', `${name}.ext`, '-out', `${name}.pem`);
  }
}
