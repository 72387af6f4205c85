import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RandomBytes } from '../../secrets.ts';

/** The path of pre-authenticated downloads on the Graph listener. */
export const DOWNLOAD_PATH = '/_layouts/15/download.aspx';

const HOUR_MS = 3600_000;

/**
 * DownloadUrls makes and checks pre-authenticated URLs: whoever has one can read the file for the next
 * hour or two, without a token. Nothing is stored; a URL is signed with a key of this run.
 */
export class DownloadUrls {
  readonly #key: Buffer;
  readonly #now: () => number;
  readonly #origin: () => string;

  constructor(random: RandomBytes, now: () => number, origin: () => string) {
    this.#key = random(32);
    this.#now = now;
    this.#origin = origin;
  }

  /** `id` is the item's in the tree. Two calls within the same hour return the same URL. */
  urlOf(id: string): string {
    const expires = (Math.floor(this.#now() / HOUR_MS) + 2) * HOUR_MS;
    const url = new URL(DOWNLOAD_PATH, this.#origin());
    url.searchParams.set('id', id);
    url.searchParams.set('expires', String(expires));
    url.searchParams.set('tempauth', this.#sign(id, expires).toString('base64url'));
    return url.href;
  }

  /** Returns the item's id in the tree; undefined if the URL is forged or has expired. */
  idIn(query: URLSearchParams): string | undefined {
    const id = query.get('id') ?? '';
    const expires = Number(query.get('expires'));
    const given = Buffer.from(query.get('tempauth') ?? '', 'base64url');
    const signed = this.#sign(id, expires);
    return given.length === signed.length && timingSafeEqual(given, signed) && expires > this.#now() ? id : undefined;
  }

  #sign(id: string, expires: number): Buffer {
    return createHmac('sha256', this.#key).update(`${id} ${expires}`).digest();
  }
}
