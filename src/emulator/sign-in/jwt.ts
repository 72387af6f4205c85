import { constants, generateKeyPairSync, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

const KEY_ID = 'graph-watch-emulator';

/** JwtSigner signs tokens (JWT, ES256) with a key that is new at each start. */
export class JwtSigner {
  readonly #privateKey: KeyObject;
  /** The JSON Web Key Set that `jwks_uri` serves. */
  readonly keys: { keys: Record<string, unknown>[] };

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#privateKey = privateKey;
    this.keys = { keys: [{ ...publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: KEY_ID }] };
  }

  sign(claims: Record<string, unknown>): string {
    const signed = `${base64urlJson({ typ: 'JWT', alg: 'ES256', kid: KEY_ID })}.${base64urlJson(claims)}`;
    const signature = sign('sha256', Buffer.from(signed), { key: this.#privateKey, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  }
}

/** Jwt is a token issued by someone else, decoded but not verified. */
export interface Jwt {
  header: Readonly<Record<string, unknown>>;
  claims: Readonly<Record<string, unknown>>;
  signed: string;
  signature: Buffer;
}

/** Decodes a JWT; undefined if the text is not one. */
export function decodeJwt(text: string): Jwt | undefined {
  const parts = text.split('.');
  const [head, body, signature] = parts;
  if (parts.length !== 3 || head === undefined || body === undefined || signature === undefined) return undefined;
  const header = jsonObject(head);
  const claims = jsonObject(body);
  if (header === undefined || claims === undefined) return undefined;
  return { header, claims, signed: `${head}.${body}`, signature: Buffer.from(signature, 'base64url') };
}

/** Verifies a signature by RSA (RS256, PS256); MSAL signs client assertions with no other algorithm. */
export function isSignedBy({ header, signed, signature }: Jwt, key: KeyObject): boolean {
  if (key.asymmetricKeyType !== 'rsa') return false;
  switch (header.alg) {
    case 'RS256':
      return verify('sha256', Buffer.from(signed), key, signature);
    case 'PS256':
      // The salt is as long as the digest (RFC 7518, 3.5).
      return verify('sha256', Buffer.from(signed), { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, signature);
    default:
      return false;
  }
}

function jsonObject(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

export function base64urlJson(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
