import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isLoopback } from '../net/loopback.ts';
import { BoundedMap } from '../lib/bounded-map.ts';

/** Refusal is why a request is not answered. */
export interface Refusal {
  status: 400 | 401 | 403 | 421;
  error: string;
  hint?: string;
}

/** If more browsers than this sign in, the first is signed out. */
const MOST_SIGNED_IN = 100;

/** Guard decides who may ask. Without a token everybody on this machine may: then only requests that are meant for it count. */
export class Guard {
  readonly #token: string | undefined;
  /** What the cookies of browsers say. */
  readonly #signedIn = new BoundedMap<string, true>(MOST_SIGNED_IN);

  constructor(token: string | undefined) {
    this.#token = token;
  }

  get needsToken(): boolean {
    return this.#token !== undefined;
  }

  /**
   * `refusal` looks where a request comes from. A page whose own name was rebound to 127.0.0.1 sends that name as `Host`; one of
   * another origin sends that as `Origin`, or the browser says so in `Sec-Fetch-Site`. With a token, any name is accepted: the page would not have the token.
   */
  refusal({ url = '', headers: { host = '', origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode }, method }: Pick<IncomingMessage, 'url' | 'headers' | 'method'>): Refusal | undefined {
    const here = hostOf(`http://${host}`);
    if (here === undefined || !url.startsWith('/')) return { status: 400, error: 'The request does not say which host it is for.' };
    if (this.#token === undefined && !isLoopback(here.hostname)) return { status: 421, error: 'Only requests to localhost are answered.' };
    if (origin !== undefined && hostOf(origin)?.host !== here.host) return { status: 403, error: 'Pages of other origins may not read this.' };
    const isLink = mode === 'navigate' && method === 'GET';
    if ((site === 'cross-site' || site === 'same-site') && !isLink) return { status: 403, error: 'Pages of other origins may not read this.' };
    return undefined;
  }

  /** `isKnown` says whether the request comes with the token, or from a browser that has signed in with it. */
  isKnown(authorization: string | undefined, cookie: string | undefined): boolean {
    if (this.#token === undefined) return true;
    if (cookie !== undefined && this.#signedIn.has(cookie)) return true;
    const [, given] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
    return given !== undefined && this.#isToken(given);
  }

  /** `signIn` returns what the cookie of a browser says from now on, or `undefined` if this is not the token. */
  signIn(given: string): string | undefined {
    if (!this.#isToken(given)) return undefined;
    const cookie = randomBytes(32).toString('base64url');
    this.#signedIn.set(cookie, true);
    return cookie;
  }

  /** In constant time, whatever the lengths. */
  #isToken(given: string): boolean {
    return this.#token !== undefined && timingSafeEqual(hashed(given), hashed(this.#token));
  }
}

function hashed(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** The host of an origin: a URL that has nothing else. `null`, which sandboxed pages send, is not one. */
function hostOf(origin: string): URL | undefined {
  return /^https?:\/\/[^/?#@\\\s]+$/i.test(origin) && URL.canParse(origin) ? new URL(origin) : undefined;
}
