import { createHash, generateKeyPairSync, webcrypto, X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import '@abraham/reflection';
import { readCertificate } from '../../../../src/auth/unattended/certificate.ts';

const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) } as const;
const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

let rsa: { key: string; encrypted: string; cert: string };
let ec: { key: string; cert: string };

async function made(algorithm: typeof RSA | typeof EC): Promise<{ pkcs8: Buffer; key: string; cert: string }> {
  const x509 = await import('@peculiar/x509');
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=graph-watch app', keys, signingAlgorithm: algorithm, notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + 3_600_000),
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return { pkcs8, key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'), cert: cert.toString('pem') };
}

beforeAll(async () => {
  const { createPrivateKey } = await import('node:crypto');
  const one = await made(RSA);
  const encrypted = createPrivateKey(one.key).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' }).toString();
  rsa = { key: one.key, encrypted, cert: one.cert };
  ec = await made(EC);
});

const read = (text: string, options = {}) => readCertificate(Buffer.from(text), 'client.pem', options);

describe('a client certificate', () => {
  it('is read from a PEM with key and certificate, in either order, with the thumbprint that Entra shows', () => {
    const der = new X509Certificate(rsa.cert).raw;
    const thumbprintSha256 = createHash('sha256').update(der).digest('hex');
    expect(read(`${rsa.key}\n${rsa.cert}`)).toMatchObject({ thumbprintSha256, privateKey: expect.stringContaining('BEGIN PRIVATE KEY') });
    expect(read(`Bag Attributes\n  x: y\n${rsa.cert}\n${rsa.key}`).thumbprintSha256).toBe(thumbprintSha256);
    expect(read(`${rsa.key}\n${rsa.cert}`)).not.toHaveProperty('x5c');
  });

  it('from a chain is the one that the key belongs to; it is sent first', () => {
    const chain = read(`${ec.cert}\n${rsa.cert}\n${rsa.key}`, { sendChain: true });
    expect(chain.x5c?.indexOf('BEGIN')).toBeGreaterThanOrEqual(0);
    expect(chain.x5c?.split('-----BEGIN CERTIFICATE-----')).toHaveLength(3);
    expect(new X509Certificate(chain.x5c ?? '').fingerprint256.replaceAll(':', '').toLowerCase()).toBe(chain.thumbprintSha256);
  });

  it('with an encrypted key is decrypted with its password', () => {
    expect(read(`${rsa.encrypted}\n${rsa.cert}`, { password: 'open sesame' }).privateKey).toContain('BEGIN PRIVATE KEY');
  });

  it.each<[string, () => string | Buffer, object, string, string]>([
    ['an encrypted key without a password', () => rsa.encrypted + rsa.cert, {}, 'is encrypted', 'AZURE_CLIENT_CERTIFICATE_PASSWORD'],
    ['an encrypted key with another password', () => rsa.encrypted + rsa.cert, { password: 'guess' }, 'cannot be decrypted', 'openssl pkey'],
    ['an EC key', () => ec.key + ec.cert, {}, 'EC; Entra accepts only RSA', 'openssl req'],
    ['a PKCS#12 file', () => Buffer.from([0x30, 0x82, 0x01]), {}, 'not a PEM', 'openssl pkcs12'],
    ['a certificate alone', () => rsa.cert, {}, 'no private key', 'cat key.pem cert.pem'],
    ['a key alone', () => rsa.key, {}, 'no certificate', 'cat key.pem cert.pem'],
    ['a key of another certificate', () => rsa.key + ec.cert, {}, 'does not match any', 'one file'],
    ['nothing at all', () => '', {}, 'no private key', 'cat key.pem'],
    ['a key that is damaged', () => rsa.key.replace(/\n[A-Za-z0-9+/]{20}/, '\n!!') + rsa.cert, {}, 'cannot be read', 'openssl pkey'],
    ['a certificate that is damaged', () => `${rsa.key}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`, {}, 'certificate in client.pem cannot be read', 'openssl x509'],
  ])('that is %s is refused, with a hint', (_what, content, options, message, hint) => {
    expect(() => readCertificate(Buffer.from(content()), 'client.pem', options)).toThrow(expect.objectContaining({
      category: 'usage', message: expect.stringContaining(message), hint: expect.stringContaining(hint),
    }));
  });

  it('is never quoted in an error', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: { type: 'pkcs1', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } });
    let error: unknown;
    try {
      read(privateKey + rsa.cert);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ category: 'usage' });
    expect(JSON.stringify(error) + String(error)).not.toContain(privateKey.split('\n')[1]);
  });
});
