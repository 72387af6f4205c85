import type { EmulatorClock } from '../clock.ts';
import type { Directory, User } from '../graph/directory.ts';
import type { Settings } from '../options.ts';
import type { Secrets } from '../secrets.ts';
import { AuthorizationCodes } from './authorization-codes.ts';
import { DeviceCodes } from './device-codes.ts';
import type { DeviceCode } from './device-codes.ts';
import { unknownTenant } from './errors.ts';
import { clientInfo, IdTokens } from './id-token.ts';
import type { RefreshTokenFile } from './refresh-token-file.ts';
import { Tokens } from './tokens.ts';
import type { Grant } from './tokens.ts';

/** The answer of the token endpoint (RFC 6749, 5.1, with Entra's additions). */
export interface TokenAnswer {
  token_type: 'Bearer';
  scope: string;
  expires_in: number;
  ext_expires_in: number;
  access_token: string;
  refresh_token?: string;
  id_token?: string;
  client_info?: string;
}

/** Scopes that ask for a kind of token and grant nothing in Graph. */
const NOT_GRANTED = new Set(['offline_access']);

export interface SignInOptions {
  settings: Settings;
  directory: Directory;
  clock: EmulatorClock;
  secrets: Secrets;
  refreshTokens: RefreshTokenFile;
  /** `https://localhost:8443`, known once the server listens. */
  origin: () => string;
}

/** SignInService is the state behind the sign-in routes: who can sign in, and what they were granted. */
export class SignInService {
  readonly directory: Directory;
  readonly tokens: Tokens;
  readonly deviceCodes: DeviceCodes;
  readonly authorizationCodes: AuthorizationCodes;
  readonly idTokens = new IdTokens();
  readonly settings: Settings;
  readonly secrets: Secrets;
  readonly #clock: EmulatorClock;
  readonly #origin: () => string;

  constructor({ settings, directory, clock, secrets, refreshTokens, origin }: SignInOptions) {
    this.settings = settings;
    this.directory = directory;
    this.secrets = secrets;
    this.#clock = clock;
    this.#origin = origin;
    this.tokens = new Tokens({ clock, pace: settings.pace, secrets, directory, file: refreshTokens });
    this.deviceCodes = new DeviceCodes(clock, secrets, settings.deviceCodeIntervalSeconds);
    this.authorizationCodes = new AuthorizationCodes(clock, secrets);
  }

  /** `https://localhost:8443`. */
  get origin(): string {
    return this.#origin();
  }

  nowMs(): number {
    return this.#clock.now();
  }

  get defaultUser(): User {
    const [first] = this.directory.users;
    if (first === undefined) throw new Error('There is always at least one user.');
    return first;
  }

  /** Throws for a tenant other than `common` and its like, the emulator's own, and its domain. */
  checkTenant(tenant: string): void {
    const known = ['common', 'organizations', 'consumers', 'example.com', this.directory.tenantId];
    if (!known.includes(tenant.toLowerCase())) throw unknownTenant(tenant);
  }

  startDeviceCode(clientId: string, scopes: readonly string[]): DeviceCode {
    const code = this.deviceCodes.start(clientId, scopes);
    if (this.settings.autoApprove) {
      this.#clock.after(this.settings.pace.approveDelayMs, () => {
        if (code.decision === 'pending') code.decision = { user: this.defaultUser };
      });
    }
    return code;
  }

  /** `nonce` belongs into the id token; `clientInfo` says whether the client asked for it. */
  answer(grant: Grant, extra: { nonce?: string | undefined; clientInfo: boolean }): TokenAnswer {
    const { token, expiresInSeconds } = this.tokens.issueAccess(grant);
    const asked = new Set(grant.scopes);
    const answer: TokenAnswer = {
      token_type: 'Bearer',
      scope: grant.scopes.filter((scope) => !NOT_GRANTED.has(scope)).join(' '),
      expires_in: expiresInSeconds,
      ext_expires_in: expiresInSeconds,
      access_token: token,
    };
    const { user } = grant;
    if (user === undefined) return answer;
    if (asked.has('offline_access')) answer.refresh_token = this.tokens.issueRefresh({ ...grant, user });
    if (asked.has('openid')) {
      answer.id_token = this.idTokens.issue({
        issuer: `${this.origin}/${user.tenantId}/v2.0`,
        audience: grant.clientId,
        user,
        nowMs: this.nowMs(),
        lifetimeMs: this.settings.pace.tokenLifetimeMs,
        nonce: extra.nonce,
      });
    }
    if (extra.clientInfo) answer.client_info = clientInfo(user);
    return answer;
  }
}

/** `openid https://graph.microsoft.com/Files.Read` and the like, as short names. */
export function scopesFrom(text: string): string[] {
  return text
    .split(' ')
    .filter((scope) => scope !== '')
    .map((scope) => scope.slice(scope.lastIndexOf('/') + 1));
}
