import type { EmulatorClock } from '../clock.ts';
import type { User } from '../graph/directory.ts';
import type { Pace } from '../options.ts';
import type { Secrets } from '../secrets.ts';

/** What a token allows. Without a user it is app-only. */
export interface Grant {
  user: User | undefined;
  clientId: string;
  /** Short names, as `Files.Read`. */
  scopes: readonly string[];
}

interface Issued extends Grant {
  expiresMs: number;
}

export type TokenState = { state: 'valid'; grant: Grant } | { state: 'expired' } | { state: 'unknown' };

/** Every access and refresh token in force. They are random words: a client has nothing to parse. */
export class Tokens {
  readonly #access = new Map<string, Issued>();
  readonly #refresh = new Map<string, Issued>();
  readonly #clock: EmulatorClock;
  readonly #pace: Pace;
  readonly #secrets: Secrets;

  constructor(clock: EmulatorClock, pace: Pace, secrets: Secrets) {
    this.#clock = clock;
    this.#pace = pace;
    this.#secrets = secrets;
  }

  issueAccess(grant: Grant): { token: string; expiresInSeconds: number } {
    const lifetimeMs = this.#pace.tokenLifetimeMs;
    // Personal accounts' tokens begin like this; nothing is encoded in the rest.
    const token = `EwB4${this.#secrets.word()}`;
    this.#access.set(token, { ...grant, expiresMs: this.#clock.now() + lifetimeMs });
    this.#sweep(this.#access);
    return { token, expiresInSeconds: Math.max(1, Math.floor(lifetimeMs / 1000)) };
  }

  issueRefresh(grant: Grant): string {
    const token = `M.C5_${this.#secrets.word()}`;
    this.#refresh.set(token, { ...grant, expiresMs: this.#clock.now() + this.#pace.refreshTokenLifetimeMs });
    this.#sweep(this.#refresh);
    return token;
  }

  access(token: string): TokenState {
    return this.#look(this.#access, token);
  }

  refresh(token: string): TokenState {
    return this.#look(this.#refresh, token);
  }

  dropRefresh(token: string): void {
    this.#refresh.delete(token);
  }

  /** Makes every token of these kinds unknown from now on. Returns how many there were. */
  revoke(kinds: { access: boolean; refresh: boolean }): number {
    let revoked = 0;
    if (kinds.access) {
      revoked += this.#access.size;
      this.#access.clear();
    }
    if (kinds.refresh) {
      revoked += this.#refresh.size;
      this.#refresh.clear();
    }
    return revoked;
  }

  #look(tokens: Map<string, Issued>, token: string): TokenState {
    const issued = tokens.get(token);
    if (issued === undefined) return { state: 'unknown' };
    if (issued.expiresMs <= this.#clock.now()) return { state: 'expired' };
    return { state: 'valid', grant: issued };
  }

  /** Long-expired tokens are forgotten, or a soak of weeks would keep them all. */
  #sweep(tokens: Map<string, Issued>): void {
    const long = this.#clock.now() - 24 * 3600 * 1000;
    for (const [token, issued] of tokens) {
      // In order of issue: the first one that is young enough ends it.
      if (issued.expiresMs > long) return;
      tokens.delete(token);
    }
  }
}
