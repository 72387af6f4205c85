import { KeyObject, webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import '@abraham/reflection';

const EC_P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const HOUR_MS = 3_600_000;

/** What a TLS server needs, and the file that its clients must trust. */
export interface TestCertificate {
  key: string;
  cert: string;
  /** PEM of the authority that signed it, for `NODE_EXTRA_CA_CERTS`. */
  caFile: string;
}

/** Creates a certificate for these names (and this machine's loopback addresses) from its own authority, stored in `folder`. */
export async function certificateFor(names: readonly string[], folder: string): Promise<TestCertificate> {
  const x509 = await import('@peculiar/x509');
  const validity = { notBefore: new Date(Date.now() - HOUR_MS), notAfter: new Date(Date.now() + HOUR_MS) };
  const [caKeys, keys] = await Promise.all([newKeys(), newKeys()]);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=graph-watch test authority', keys: caKeys, signingAlgorithm: EC_P256, ...validity,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)],
  });
  const leaf = await x509.X509CertificateGenerator.create({
    subject: 'CN=graph-watch test', issuer: ca.subjectName, publicKey: keys.publicKey, signingKey: caKeys.privateKey, signingAlgorithm: EC_P256, ...validity,
    extensions: [new x509.SubjectAlternativeNameExtension([
      ...names.map((value) => ({ type: 'dns' as const, value })), { type: 'ip', value: '127.0.0.1' }, { type: 'ip', value: '::1' },
    ])],
  });
  const caFile = join(folder, 'test-ca.pem');
  writeFileSync(caFile, ca.toString('pem'));
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { key, cert: leaf.toString('pem'), caFile };
}

/** Creates a self-signed RSA certificate such as an app signs in with. */
export async function clientCertificate(): Promise<{ privateKey: KeyObject; cert: string }> {
  const x509 = await import('@peculiar/x509');
  const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) } as const;
  const keys = await webcrypto.subtle.generateKey(rsa, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=graph-watch test app', keys, signingAlgorithm: rsa, notBefore: new Date(Date.now() - HOUR_MS), notAfter: new Date(Date.now() + HOUR_MS),
  });
  return { privateKey: KeyObject.from(keys.privateKey), cert: certificate.toString('pem') };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(EC_P256, true, ['sign', 'verify']);
}
