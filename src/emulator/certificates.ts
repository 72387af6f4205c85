import { createHash, randomBytes, webcrypto } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type * as X509 from '@peculiar/x509';
import { errnoOf } from './errno.ts';

const EC_P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 24 * 3600 * 1000;
const CA_LIFETIME_MS = 10 * 365 * DAY_MS;
/** How long before its expiry an authority is replaced, so that it does not expire while an emulator runs. */
const CA_RENEW_BEFORE_MS = 30 * DAY_MS;
const LEAF_LIFETIME_MS = 90 * DAY_MS;
/** Certificates are valid from an hour ago: clocks of containers and their hosts differ a little. */
const BACKDATE_MS = 3600 * 1000;

/**
 * Loads @peculiar/x509. It contains tsyringe, which fails to load unless the Reflect metadata API
 * already exists; only an import at run time keeps that order everywhere.
 */
async function loadX509(): Promise<typeof X509> {
  await import('@abraham/reflection');
  const loaded = await import('@peculiar/x509');
  // A bundler that finds CommonJS behind a dynamic import exposes it as `default` only.
  return 'X509Certificate' in loaded ? loaded : (loaded as { default: typeof X509 }).default;
}

/** Certificates are what an HTTPS server needs and what its clients must trust. */
export interface Certificates {
  /** PEM of the leaf's key and certificate. */
  key: string;
  cert: string;
  /** PEM of the authority, and the file that contains it. */
  ca: string;
  caFile: string;
}

/**
 * Creates a leaf certificate for localhost, 127.0.0.1, ::1 and further names, signed by the authority
 * in `stateFolder`, which is created on the first run. The leaf is new at each start and is never
 * written to disk.
 *
 * Each set of further names has an authority of its own, which is valid for these names alone: the usual
 * one stays limited to this machine, wherever it is already trusted.
 */
export async function certificatesFrom(stateFolder: string, furtherNames: readonly string[] = []): Promise<Certificates> {
  const x509 = await loadX509();
  const place = authorityPlace(stateFolder, furtherNames);
  const authority = (await storedAuthority(place)) ?? (await storeAuthority(stateFolder, place));
  const keys = await newKeys();
  const now = Date.now();
  const leaf = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: 'CN=localhost, O=graph-watch emulator',
    issuer: authority.certificate.subjectName,
    notBefore: new Date(now - BACKDATE_MS),
    notAfter: new Date(Math.min(now + LEAF_LIFETIME_MS, authority.certificate.notAfter.getTime())),
    publicKey: keys.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: EC_P256,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...['localhost', ...furtherNames].map((value) => ({ type: 'dns' as const, value })),
        { type: 'ip', value: '127.0.0.1' },
        { type: 'ip', value: '::1' },
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    key: await privateKeyPem(keys.privateKey),
    cert: leaf.toString('pem'),
    ca: authority.certificate.toString('pem'),
    caFile: authority.file,
  };
}

interface Authority {
  certificate: X509.X509Certificate;
  privateKey: webcrypto.CryptoKey;
  file: string;
}

/** AuthorityPlace is where an authority is stored, and which names it is valid for besides localhost. */
interface AuthorityPlace {
  folder: string;
  furtherNames: readonly string[];
}

function authorityPlace(stateFolder: string, names: readonly string[]): AuthorityPlace {
  const furtherNames = [...names].sort();
  const digest = createHash('sha256').update(furtherNames.join(' ')).digest('hex').slice(0, 16);
  return { folder: join(stateFolder, furtherNames.length === 0 ? 'ca' : `ca-${digest}`), furtherNames };
}

const certificateFile = (folder: string): string => join(folder, 'ca.pem');
const keyFile = (folder: string): string => join(folder, 'ca-key.pem');

/** Returns the stored authority; undefined if there is none, or if it is damaged or about to expire. */
async function storedAuthority({ folder }: AuthorityPlace): Promise<Authority | undefined> {
  const x509 = await loadX509();
  try {
    const certificate = new x509.X509Certificate(await readFile(certificateFile(folder), 'utf8'));
    if (certificate.notAfter.getTime() < Date.now() + CA_RENEW_BEFORE_MS) return undefined;
    const pem = await readFile(keyFile(folder), 'utf8');
    const privateKey = await webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(pem), EC_P256, false, ['sign']);
    return { certificate, privateKey, file: certificateFile(folder) };
  } catch {
    // Absent, unreadable or damaged: in each case a new one is created.
    return undefined;
  }
}

/**
 * Creates an authority and puts both files in place by renaming their folder, so that two emulators
 * that start at the same time share one authority and never mix one's key with the other's
 * certificate.
 */
async function storeAuthority(stateFolder: string, place: AuthorityPlace): Promise<Authority> {
  await mkdir(stateFolder, { recursive: true, mode: 0o700 });
  await chmod(stateFolder, 0o700);
  const { folder, furtherNames } = place;
  const draft = `${folder}-${randomBytes(6).toString('hex')}`;
  const keys = await newKeys();
  const certificate = await newAuthorityCertificate(keys, furtherNames);
  await mkdir(draft, { mode: 0o700 });
  try {
    await writeFile(keyFile(draft), await privateKeyPem(keys.privateKey), { mode: 0o600, flag: 'wx' });
    await writeFile(certificateFile(draft), `${certificate.toString('pem')}\n`, { mode: 0o600, flag: 'wx' });
    await rename(draft, folder);
  } catch (error) {
    // The folder already exists: another emulator was faster, or its files are damaged.
    const winner = await storedAuthority(place);
    if (winner !== undefined) {
      await rm(draft, { recursive: true, force: true });
      return winner;
    }
    if (!isOccupied(error)) throw error;
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  }
  return { certificate, privateKey: keys.privateKey, file: certificateFile(folder) };
}

/** Reports whether rename(2) failed because a non-empty folder is in the way (EPERM on Windows). */
function isOccupied(error: unknown): boolean {
  const code = errnoOf(error);
  return code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'EPERM';
}

async function newAuthorityCertificate(keys: webcrypto.CryptoKeyPair, furtherNames: readonly string[]): Promise<X509.X509Certificate> {
  const x509 = await loadX509();
  const now = Date.now();
  return x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: 'CN=graph-watch emulator (this machine only), O=graph-watch emulator',
    notBefore: new Date(now - BACKDATE_MS),
    notAfter: new Date(now + CA_LIFETIME_MS),
    keys,
    signingAlgorithm: EC_P256,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      new x509.Extension('2.5.29.30', true, nameConstraints(furtherNames)),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
}

/**
 * Encodes NameConstraints (RFC 5280, 4.2.1.10) that permit only localhost, 127.0.0.1, ::1 and these
 * names: if the authority's key is stolen, it is useless for any other name, even if the whole
 * system trusts it.
 */
function nameConstraints(furtherNames: readonly string[]): Buffer {
  const dns = ['localhost', ...furtherNames].map((name) => tagged(0x82, Buffer.from(name)));
  const v4 = tagged(0x87, Buffer.concat([Buffer.from([127, 0, 0, 1]), Buffer.alloc(4, 0xff)]));
  const v6 = tagged(0x87, Buffer.concat([Buffer.alloc(15), Buffer.from([1]), Buffer.alloc(16, 0xff)]));
  const permitted = [...dns, v4, v6].map((base) => tagged(0x30, base));
  return tagged(0x30, tagged(0xa0, Buffer.concat(permitted)));
}

/** Encodes one DER value: tag, length (X.690, 8.1.3), content of less than 64 KiB. */
function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const encoded = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...encoded]), content]);
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(EC_P256, true, ['sign', 'verify']);
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const { PemConverter } = await loadX509();
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

/** Returns a positive, unique number (RFC 5280, 4.1.2.2): browsers refuse two certificates with the same one. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = 0x10 | ((bytes[0] ?? 0) & 0x0f);
  return bytes.toString('hex');
}
