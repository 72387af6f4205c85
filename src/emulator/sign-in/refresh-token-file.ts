import { readFileSync } from 'node:fs';
import { errnoOf, messageOf } from '../errno.ts';
import { setAside, writeWhole } from '../state-file.ts';

/** A refresh token as it is kept. The token itself is not: from its digest nobody signs in. */
export interface KeptToken {
  digest: string;
  /** The object id, which also says of which kind of account it is. */
  userId: string;
  userPrincipalName: string;
  displayName: string;
  clientId: string;
  scopes: readonly string[];
  expiresMs: number;
}

/** The latest ones are kept. A client uses its latest; a soak that refreshes every second makes a million. */
const KEPT_MAX = 500;

/**
 * The refresh tokens in the state folder, so that a sign-in outlives the emulator that it was made
 * with, also one that is killed: each change is on disk before it is answered.
 *
 * Two emulators may share the file: each change is made to what the file has at that moment, not to
 * what this emulator knows. Where both change it within the same millisecond, the last writer wins,
 * and the other's client has to sign in again after a restart.
 */
export class RefreshTokenFile {
  readonly #path: string;
  readonly #remark: (message: string) => void;

  constructor(path: string, remark: (message: string) => void) {
    this.#path = path;
    this.#remark = remark;
  }

  /** Those that are still good. What is no such file any more is set aside. */
  read(nowMs: number): KeptToken[] {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') this.#remark(`the sign-ins cannot be read: ${messageOf(error)}`);
      return [];
    }
    const found = tokensIn(text);
    if (found !== undefined) return found.filter(({ expiresMs }) => expiresMs > nowMs);
    this.#attempt(() => {
      setAside(this.#path);
      this.#remark(`the sign-ins are damaged and were set aside: ${this.#path}.damaged`);
    });
    return [];
  }

  add(token: KeptToken, nowMs: number): void {
    this.#write([...this.read(nowMs), token]);
  }

  drop(digest: string, nowMs: number): void {
    this.#write(this.read(nowMs).filter((token) => token.digest !== digest));
  }

  clear(): void {
    this.#write([]);
  }

  #write(tokens: readonly KeptToken[]): void {
    this.#attempt(() => {
      writeWhole(this.#path, `${JSON.stringify({ refreshTokens: tokens.slice(-KEPT_MAX) })}\n`);
    });
  }

  /** A disk that is full costs the sign-in at the next start, but not this run. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#remark(`the sign-ins cannot be kept: ${messageOf(error)}`);
    }
  }
}

function tokensIn(text: string): KeptToken[] | undefined {
  try {
    const { refreshTokens } = JSON.parse(text) as { refreshTokens: unknown };
    return Array.isArray(refreshTokens) && refreshTokens.every(isKeptToken) ? refreshTokens : undefined;
  } catch {
    return undefined;
  }
}

function isKeptToken(value: unknown): value is KeptToken {
  if (typeof value !== 'object' || value === null) return false;
  const { scopes, expiresMs, ...texts } = value as Record<string, unknown>;
  return (
    ['digest', 'userId', 'userPrincipalName', 'displayName', 'clientId'].every((name) => typeof texts[name] === 'string') &&
    Array.isArray(scopes) && scopes.every((scope) => typeof scope === 'string') && typeof expiresMs === 'number'
  );
}
