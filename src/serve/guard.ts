import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isLoopback } from '../net/loopback.ts';
import { BoundedMap } from '../lib/bounded-map.ts';

/** Refusal says why a request is refused. */
export interface Refusal {
  status: 400 | 401 | 403 | 421;
  error: string;
  hint?: string;
}

/** If more browsers than this sign in, the one that signed in first is signed out. */
const MOST_SIGNED_IN = 100;

/** Guard decides which requests are answered. Without a token, every program on this machine may ask, but only requests for localhost count. */
export class Guard {
  readonly #token: string | undefined;
  /** The values of the browsers' cookies. */
  readonly #signedIn = new BoundedMap<string, true>(MOST_SIGNED_IN);

  constructor(token: string | undefined) {
    this.#token = token;
  }

  get needsToken(): boolean {
    return this.#token !== undefined;
  }

  /**
   * `refusal` checks where a request comes from. A page whose host name was rebound to 127.0.0.1 sends that name as `Host`; one of another
   * origin sends its origin as `Origin`, or the browser says so in `Sec-Fetch-Site`. With a token, any host is accepted: such a page would not have it.
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

  /** `isKnown` returns whether the request has the token, or comes from a browser that has signed in with it. */
  isKnown(authorization: string | undefined, cookie: string | undefined): boolean {
    if (this.#token === undefined) return true;
    if (cookie !== undefined && this.#signedIn.has(cookie)) return true;
    const [, given] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
    return given !== undefined && this.#isToken(given);
  }

  /** `signIn` returns the value for a browser's cookie, or `undefined` if this is not the token. */
  signIn(given: string): string | undefined {
    if (!this.#isToken(given)) return undefined;
    const cookie = randomBytes(32).toString('base64url');
    this.#signedIn.set(cookie, true);
    return cookie;
  }

  /** Compares in constant time, whatever the lengths. */
  #isToken(given: string): boolean {
    return this.#token !== undefined && timingSafeEqual(hashed(given), hashed(this.#token));
  }
}

function hashed(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Returns the host of an origin, a URL with nothing else in it. `null`, which sandboxed pages send, is not one. */
function hostOf(origin: string): URL | undefined {
  return /^https?:\/\/[^/?#@\\\s]+$/i.test(origin) && URL.canParse(origin) ? new URL(origin) : undefined;
}
