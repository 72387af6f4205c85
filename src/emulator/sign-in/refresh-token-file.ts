import { readFileSync } from 'node:fs';
import { errnoOf, messageOf } from '../errno.ts';
import { setAside, writeWhole } from '../state-file.ts';

/** StoredRefreshToken is a refresh token as stored on disk: its digest only, which is useless for signing in. */
export interface StoredRefreshToken {
  digest: string;
  /** The object id; it also distinguishes personal from business accounts. */
  userId: string;
  userPrincipalName: string;
  displayName: string;
  clientId: string;
  scopes: readonly string[];
  expiresMs: number;
}

/** How many are stored, latest first: a client uses only its latest, and a long test may create a million. */
const MAX_STORED = 500;

/**
 * RefreshTokenFile stores refresh tokens in the state folder, so that a sign-in survives a restart of
 * the emulator, even after a kill: each change is on disk before the answer is sent.
 *
 * Two emulators may share the file: each change is applied to the file's current content. If both
 * change it in the same millisecond, the last writer wins, and the other's client has to sign in
 * again after a restart.
 */
export class RefreshTokenFile {
  readonly #path: string;
  readonly #remark: (message: string) => void;

  constructor(path: string, remark: (message: string) => void) {
    this.#path = path;
    this.#remark = remark;
  }

  /** Returns the tokens that have not expired. A damaged file is set aside. */
  read(nowMs: number): StoredRefreshToken[] {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') this.#remark(`stored sign-ins could not be read: ${messageOf(error)}`);
      return [];
    }
    const found = tokensIn(text);
    if (found !== undefined) return found.filter(({ expiresMs }) => expiresMs > nowMs);
    this.#attempt(() => {
      setAside(this.#path);
      this.#remark(`stored sign-ins were damaged and set aside: ${this.#path}.damaged`);
    });
    return [];
  }

  add(token: StoredRefreshToken, nowMs: number): void {
    this.#write([...this.read(nowMs), token]);
  }

  drop(digest: string, nowMs: number): void {
    this.#write(this.read(nowMs).filter((token) => token.digest !== digest));
  }

  clear(): void {
    this.#write([]);
  }

  #write(tokens: readonly StoredRefreshToken[]): void {
    this.#attempt(() => {
      writeWhole(this.#path, `${JSON.stringify({ refreshTokens: tokens.slice(-MAX_STORED) })}\n`);
    });
  }

  /** Reports a failure (a full disk) instead of throwing it: only the next start loses the sign-in. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#remark(`sign-ins could not be stored: ${messageOf(error)}`);
    }
  }
}

function tokensIn(text: string): StoredRefreshToken[] | undefined {
  try {
    const { refreshTokens } = JSON.parse(text) as { refreshTokens: unknown };
    return Array.isArray(refreshTokens) && refreshTokens.every(isStoredRefreshToken) ? refreshTokens : undefined;
  } catch {
    return undefined;
  }
}

function isStoredRefreshToken(value: unknown): value is StoredRefreshToken {
  if (typeof value !== 'object' || value === null) return false;
  const { scopes, expiresMs, ...texts } = value as Record<string, unknown>;
  return (
    ['digest', 'userId', 'userPrincipalName', 'displayName', 'clientId'].every((name) => typeof texts[name] === 'string') &&
    Array.isArray(scopes) && scopes.every((scope) => typeof scope === 'string') && typeof expiresMs === 'number'
  );
}
