import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { usageError } from '../../errors.ts';

/** ClientCertificate is what MSAL takes: the SHA-256 thumbprint in hexadecimal, the key as PKCS#8 PEM, and the chain if it is to be sent. */
export interface ClientCertificate {
  thumbprintSha256: string;
  privateKey: string;
  x5c?: string;
}

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/g;

/**
 * `readCertificate` reads one PEM file with a private key and its certificate, as the Azure SDK's
 * `AZURE_CLIENT_CERTIFICATE_PATH` names it. An encrypted key is decrypted with `password`. Whatever MSAL cannot
 * use is refused with a usage error that has the openssl line which converts it.
 */
export function readCertificate(content: Buffer, path: string, { password, sendChain = false }: { password?: string | undefined; sendChain?: boolean }): ClientCertificate {
  // PKCS#12 and DER are binary: both begin with an ASN.1 SEQUENCE.
  if (content[0] === 0x30) {
    throw usageError(`${path} is not a PEM file.`, `Convert it: openssl pkcs12 -in '${path}' -out client.pem -nodes (a .pfx or .p12 file).`);
  }
  const blocks = [...content.toString('utf8').matchAll(PEM_BLOCK)].map(([pem, label]) => ({ pem, label: label ?? '' }));
  const certificates = blocks.filter(({ label }) => label === 'CERTIFICATE').map(({ pem }) => pem);
  const keyBlock = blocks.find(({ label }) => label.endsWith('PRIVATE KEY'));
  if (keyBlock === undefined) throw usageError(`${path} has no private key.`, 'Put the key and the certificate into one file: cat key.pem cert.pem > client.pem');
  if (certificates.length === 0) throw usageError(`${path} has no certificate.`, 'Put the key and the certificate into one file: cat key.pem cert.pem > client.pem');
  const key = readKey(keyBlock.pem, path, password);
  if (key.asymmetricKeyType !== 'rsa') {
    throw usageError(`The key in ${path} is ${(key.asymmetricKeyType ?? 'of an unknown kind').toUpperCase()}; Entra accepts only RSA keys.`,
      'Create one: openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 365 -subj /CN=graph-watch');
  }
  // The key's own certificate need not be the first of a chain.
  const own = certificates.map((pem) => ({ pem, certificate: parseCertificate(pem, path) })).find(({ certificate }) => certificate.checkPrivateKey(key));
  if (own === undefined) throw usageError(`The private key in ${path} does not match any of its certificates.`, 'Put the key and its certificate into one file.');
  return {
    thumbprintSha256: own.certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    ...(sendChain ? { x5c: [own.pem, ...certificates.filter((pem) => pem !== own.pem)].join('\n') } : {}),
  };
}

function readKey(pem: string, path: string, password: string | undefined): KeyObject {
  const encrypted = pem.includes('ENCRYPTED');
  if (encrypted && password === undefined) throw usageError(`The private key in ${path} is encrypted.`, 'Set AZURE_CLIENT_CERTIFICATE_PASSWORD.');
  try {
    return createPrivateKey({ key: pem, ...(encrypted ? { passphrase: password ?? '' } : {}) });
  } catch (error) {
    throw usageError(encrypted ? `The private key in ${path} cannot be decrypted: is AZURE_CLIENT_CERTIFICATE_PASSWORD right?` : `The private key in ${path} cannot be read.`,
      `Convert it: openssl pkey -in '${path}' -out key.pem${error instanceof Error && /unsupported/i.test(error.message) ? ' (add -provider legacy for old ciphers)' : ''}`);
  }
}

function parseCertificate(pem: string, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw usageError(`A certificate in ${path} cannot be read.`, `Inspect it: openssl x509 -in '${path}' -noout -text`);
  }
}
