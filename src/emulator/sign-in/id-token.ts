import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { User } from '../graph/directory.ts';

const KEY_ID = 'graph-watch-emulator';

/** IdTokens signs id tokens (JWT, ES256) with a key that is new at each start. */
export class IdTokens {
  readonly #privateKey: KeyObject;
  /** The JSON Web Key Set that `jwks_uri` serves. */
  readonly keys: { keys: Record<string, unknown>[] };

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#privateKey = privateKey;
    this.keys = { keys: [{ ...publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: KEY_ID }] };
  }

  issue(options: { issuer: string; audience: string; user: User; nowMs: number; lifetimeMs: number; nonce?: string | undefined }): string {
    const { issuer, audience, user, nowMs, lifetimeMs, nonce } = options;
    const issuedAt = Math.floor(nowMs / 1000);
    const claims = {
      aud: audience,
      iss: issuer,
      iat: issuedAt,
      nbf: issuedAt,
      exp: issuedAt + Math.max(1, Math.floor(lifetimeMs / 1000)),
      name: user.displayName,
      preferred_username: user.userPrincipalName,
      email: user.userPrincipalName,
      oid: user.id,
      sub: user.id,
      tid: user.tenantId,
      ver: '2.0',
      ...(nonce === undefined ? {} : { nonce }),
    };
    const signed = `${base64urlJson({ typ: 'JWT', alg: 'ES256', kid: KEY_ID })}.${base64urlJson(claims)}`;
    const signature = sign('sha256', Buffer.from(signed), { key: this.#privateKey, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  }
}

/** Returns what MSAL builds the account's id from: object id and tenant. */
export function clientInfo(user: User): string {
  return base64urlJson({ uid: user.id, utid: user.tenantId });
}

function base64urlJson(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
