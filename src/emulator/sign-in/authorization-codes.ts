import { createHash, timingSafeEqual } from 'node:crypto';
import type { EmulatorClock } from '../clock.ts';
import type { User } from '../graph/directory/directory.ts';
import type { Secrets } from '../secrets.ts';
import { invalidGrant } from './errors.ts';
import type { Grant } from './tokens.ts';

const CODE_LIFETIME_MS = 10 * 60 * 1000;

/** Challenge is what a verifier is checked against (RFC 7636, 4.2). */
export interface Challenge {
  method: 'S256' | 'plain';
  text: string;
}

/** AuthorizationRequest is the validated query of /authorize. */
export interface AuthorizationRequest {
  clientId: string;
  /** As the client wrote it. */
  redirectUri: string;
  /** Where the browser is sent. */
  address: string;
  scopes: readonly string[];
  state: string | undefined;
  nonce: string | undefined;
  /** Absent if the client does not use PKCE. */
  challenge: Challenge | undefined;
  responseMode: 'query' | 'fragment' | 'form_post';
  loginHint: string | undefined;
}

interface IssuedCode {
  request: AuthorizationRequest;
  user: User;
  expiresMs: number;
  isRedeemed: boolean;
}

/** AuthorizationCodes issues and redeems codes, with PKCE (RFC 7636) or without, each valid once and for ten minutes. */
export class AuthorizationCodes {
  readonly #requests = new Map<string, { request: AuthorizationRequest; expiresMs: number }>();
  readonly #codes = new Map<string, IssuedCode>();
  readonly #clock: EmulatorClock;
  readonly #secrets: Secrets;

  constructor(clock: EmulatorClock, secrets: Secrets) {
    this.#clock = clock;
    this.#secrets = secrets;
  }

  /** Stores the request while the user decides, and returns the id for the page's form. */
  startRequest(request: AuthorizationRequest): string {
    const id = this.#secrets.word();
    this.#sweep(this.#requests);
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
    const code = `1.AX${this.#secrets.word()}`;
    this.#sweep(this.#codes);
    this.#codes.set(code, { request, user, expiresMs: this.#clock.now() + CODE_LIFETIME_MS, isRedeemed: false });
    return code;
  }

  /** Exchanges a code for its grant; throws Entra's error if anything does not match. */
  redeem(presented: { code: string; clientId: string; redirectUri: string; verifier: string | undefined }): Grant & { user: User; nonce: string | undefined } {
    const issued = this.#codes.get(presented.code);
    if (issued === undefined) throw invalidGrant(9002313, 'Invalid request. Request is malformed or invalid.');
    if (issued.isRedeemed) {
      throw invalidGrant(54005, 'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.');
    }
    // Whatever follows, the code is used up, so that verifiers cannot be tried out.
    issued.isRedeemed = true;
    if (issued.expiresMs <= this.#clock.now()) throw invalidGrant(70008, 'The provided authorization code or refresh token has expired due to inactivity.');
    const { request, user } = issued;
    if (request.clientId !== presented.clientId) {
      throw invalidGrant(70000, 'Provided grant is invalid or malformed: the code was issued to another client.');
    }
    if (request.redirectUri !== presented.redirectUri) {
      throw invalidGrant(500112, 'The reply address does not match the reply address provided when requesting Authorization code.');
    }
    if (!isVerified(presented.verifier, request.challenge)) {
      throw invalidGrant(501481, 'The Code_Verifier does not match the code_challenge supplied in the authorization request.');
    }
    return { user, clientId: request.clientId, scopes: request.scopes, nonce: request.nonce };
  }

  /** Forgets what expired, so that memory stays bounded. */
  #sweep(entries: Map<string, { expiresMs: number }>): void {
    const nowMs = this.#clock.now();
    for (const [key, { expiresMs }] of entries) {
      // They are in the order in which they were issued.
      if (expiresMs > nowMs) return;
      entries.delete(key);
    }
  }
}

/** Checks a verifier. Without a challenge there must be none, or a code could be used without the PKCE that protects it. */
function isVerified(verifier: string | undefined, challenge: Challenge | undefined): boolean {
  if (verifier === undefined || challenge === undefined) return verifier === undefined && challenge === undefined;
  const expected = Buffer.from(challenge.method === 'plain' ? verifier : createHash('sha256').update(verifier).digest('base64url'));
  const given = Buffer.from(challenge.text);
  return expected.length === given.length && timingSafeEqual(expected, given);
}
