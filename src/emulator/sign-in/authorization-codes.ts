import { createHash, timingSafeEqual } from 'node:crypto';
import type { EmulatorClock } from '../clock.ts';
import type { User } from '../graph/directory.ts';
import type { Secrets } from '../secrets.ts';
import { SignInError } from './errors.ts';
import type { Grant } from './tokens.ts';

const CODE_LIFETIME_MS = 10 * 60 * 1000;

/** AuthorizationRequest is the validated query of /authorize. */
export interface AuthorizationRequest {
  clientId: string;
  redirectUri: string;
  scopes: readonly string[];
  state: string | undefined;
  nonce: string | undefined;
  codeChallenge: string;
  responseMode: 'query' | 'fragment' | 'form_post';
  loginHint: string | undefined;
}

interface IssuedCode {
  request: AuthorizationRequest;
  user: User;
  expiresMs: number;
}

/** AuthorizationCodes issues and redeems codes with PKCE (RFC 7636), each valid once and for ten minutes. */
export class AuthorizationCodes {
  readonly #requests = new Map<string, { request: AuthorizationRequest; expiresMs: number }>();
  readonly #codes = new Map<string, IssuedCode>();
  readonly #clock: EmulatorClock;
  readonly #secrets: Secrets;

  constructor(clock: EmulatorClock, secrets: Secrets) {
    this.#clock = clock;
    this.#secrets = secrets;
  }

  /** Stores the request while the person decides, and returns the id that the page carries. */
  startRequest(request: AuthorizationRequest): string {
    const id = this.#secrets.word();
    this.#requests.set(id, { request, expiresMs: this.#clock.now() + CODE_LIFETIME_MS });
    return id;
  }

  /** Returns the request and removes it; undefined if it is unknown or has expired. */
  takeRequest(id: string): AuthorizationRequest | undefined {
    const stored = this.#requests.get(id);
    this.#requests.delete(id);
    return stored !== undefined && stored.expiresMs > this.#clock.now() ? stored.request : undefined;
  }

  issue(request: AuthorizationRequest, user: User): string {
    const code = `M.C5_BL2.2.U.${this.#secrets.word()}`;
    this.#codes.set(code, { request, user, expiresMs: this.#clock.now() + CODE_LIFETIME_MS });
    return code;
  }

  /** Exchanges a code for its grant; throws the error that Entra answers if anything does not match. */
  redeem(presented: { code: string; clientId: string; redirectUri: string; verifier: string }): Grant & { nonce: string | undefined } {
    const issued = this.#codes.get(presented.code);
    this.#codes.delete(presented.code);
    if (issued === undefined) {
      throw new SignInError('invalid_grant', 9002313, 'Invalid request. Request is malformed or invalid.');
    }
    if (issued.expiresMs <= this.#clock.now()) {
      throw new SignInError('invalid_grant', 70008, 'The provided authorization code or refresh token has expired.');
    }
    const { request, user } = issued;
    if (request.clientId !== presented.clientId) {
      throw new SignInError('invalid_grant', 700005, 'Provided Authorization Code is intended to use against other client.');
    }
    if (request.redirectUri !== presented.redirectUri) {
      throw new SignInError('invalid_grant', 50011, 'The redirect URI does not match the one of the authorization request.');
    }
    if (!isVerified(presented.verifier, request.codeChallenge)) {
      throw new SignInError('invalid_grant', 501481, 'The Code_Verifier does not match the code_challenge supplied in the authorization request.');
    }
    return { user, clientId: request.clientId, scopes: request.scopes, nonce: request.nonce };
  }
}

/** Checks a verifier against its S256 challenge, the base64url SHA-256 of the verifier. */
function isVerified(verifier: string, challenge: string): boolean {
  const expected = Buffer.from(createHash('sha256').update(verifier).digest('base64url'));
  const given = Buffer.from(challenge);
  return expected.length === given.length && timingSafeEqual(expected, given);
}

/**
 * Loopback redirects only, as RFC 8252 (7.3) has it for native apps: any port, plain http. Anything
 * else could carry a code to somebody else's machine.
 */
export function isLoopbackRedirect(uri: string): boolean {
  if (!URL.canParse(uri)) return false;
  const { protocol, hostname, username, password } = new URL(uri);
  return protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname) && username === '' && password === '';
}
