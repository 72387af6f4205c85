import { createHash } from 'node:crypto';
import type { EmulatorClock } from '../clock.ts';
import type { Directory, User } from '../graph/directory/directory.ts';
import type { Pace } from '../options.ts';
import type { Secrets } from '../secrets.ts';
import type { RefreshTokenFile } from './refresh-token-file.ts';

/** Grant is what a token allows. Without a user it is app-only. */
export interface Grant {
  user: User | undefined;
  clientId: string;
  /** Short names, such as `Files.Read`; for an app-only grant, its application permissions (`roles`). */
  scopes: readonly string[];
}

interface Issued extends Grant {
  expiresMs: number;
}

export type TokenState = { state: 'valid'; grant: Grant } | { state: 'expired' } | { state: 'unknown' };

/** How many revoked refresh tokens are distinguished from unknown ones. */
const MAX_REVOKED = 1000;

export interface TokensOptions {
  clock: EmulatorClock;
  pace: Pace;
  secrets: Secrets;
  directory: Directory;
  file: RefreshTokenFile;
  /** Refresh tokens begin with this. */
  refreshPrefix: string;
  /** Writes the access token of a grant. */
  write: (grant: Grant, validity: { nowMs: number; expiresMs: number }) => string;
}

/**
 * Tokens holds the access and refresh tokens that are valid. Refresh tokens survive a restart of the emulator, as a sign-in does in Entra;
 * access tokens do not, and a client asks for a new one.
 */
export class Tokens {
  readonly #access = new Map<string, Issued>();
  /** By digest, as they are stored. */
  readonly #refresh = new Map<string, Issued>();
  readonly #clock: EmulatorClock;
  readonly #pace: Pace;
  readonly #secrets: Secrets;
  readonly #file: RefreshTokenFile;
  readonly #refreshPrefix: string;
  readonly #write: TokensOptions['write'];
  /** Digests of revoked refresh tokens. */
  readonly #revoked = new Set<string>();

  constructor({ clock, pace, secrets, directory, file, refreshPrefix, write }: TokensOptions) {
    this.#refreshPrefix = refreshPrefix;
    this.#write = write;
    this.#clock = clock;
    this.#pace = pace;
    this.#secrets = secrets;
    this.#file = file;
    for (const { digest, userId, userPrincipalName, displayName, clientId, scopes, expiresMs } of file.read(clock.now())) {
      const user = directory.user(userPrincipalName, displayName);
      // The ids of personal and business accounts differ: to the client, that would be a different user.
      if (user.id === userId) this.#refresh.set(digest, { user, clientId, scopes, expiresMs });
    }
  }

  issueAccess(grant: Grant): { token: string; expiresInSeconds: number } {
    const nowMs = this.#clock.now();
    const lifetimeMs = this.#pace.tokenLifetimeMs;
    const expiresMs = nowMs + lifetimeMs;
    const token = this.#write(grant, { nowMs, expiresMs });
    this.#access.set(token, { ...grant, expiresMs });
    this.#sweep(this.#access);
    return { token, expiresInSeconds: Math.max(1, Math.floor(lifetimeMs / 1000)) };
  }

  issueRefresh(grant: Grant & { user: User }): string {
    const token = `${this.#refreshPrefix}${this.#secrets.word()}`;
    const digest = digestOf(token);
    const { user, clientId, scopes } = grant;
    const nowMs = this.#clock.now();
    const expiresMs = nowMs + this.#pace.refreshTokenLifetimeMs;
    this.#refresh.set(digest, { user, clientId, scopes, expiresMs });
    this.#sweep(this.#refresh);
    const { id: userId, userPrincipalName, displayName } = user;
    this.#file.add({ digest, userId, userPrincipalName, displayName, clientId, scopes, expiresMs }, nowMs);
    return token;
  }

  access(token: string): TokenState {
    return this.#look(this.#access, token);
  }

  refresh(token: string): TokenState {
    return this.#look(this.#refresh, digestOf(token));
  }

  /** Reports whether a refresh token was revoked while the emulator runs. */
  isRevoked(token: string): boolean {
    return this.#revoked.has(digestOf(token));
  }

  dropRefresh(token: string): void {
    const digest = digestOf(token);
    this.#refresh.delete(digest);
    this.#file.drop(digest, this.#clock.now());
  }

  /** Revokes all tokens of these kinds. Returns how many there were. */
  revoke(kinds: { access: boolean; refresh: boolean }): number {
    let revoked = 0;
    if (kinds.access) {
      revoked += this.#access.size;
      this.#access.clear();
    }
    if (kinds.refresh) {
      revoked += this.#refresh.size;
      for (const digest of [...this.#refresh.keys()].slice(-MAX_REVOKED)) this.#revoked.add(digest);
      for (const digest of [...this.#revoked].slice(0, -MAX_REVOKED)) this.#revoked.delete(digest);
      this.#refresh.clear();
      this.#file.clear();
    }
    return revoked;
  }

  #look(tokens: Map<string, Issued>, token: string): TokenState {
    const issued = tokens.get(token);
    if (issued === undefined) return { state: 'unknown' };
    if (issued.expiresMs <= this.#clock.now()) return { state: 'expired' };
    return { state: 'valid', grant: issued };
  }

  /** Forgets tokens that expired long ago, so that memory stays bounded over weeks. */
  #sweep(tokens: Map<string, Issued>): void {
    const long = this.#clock.now() - 24 * 3600 * 1000;
    for (const [token, issued] of tokens) {
      // They are in order of issue: after the first recent one there is nothing to remove.
      if (issued.expiresMs > long) return;
      tokens.delete(token);
    }
  }
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
