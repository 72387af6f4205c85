import type { EmulatorClock } from '../clock.ts';
import type { Directory, User } from '../graph/directory/directory.ts';
import type { Settings } from '../options.ts';
import type { Secrets } from '../secrets.ts';
import { Applications } from './applications.ts';
import type { Application } from './applications.ts';
import { AuthorizationCodes } from './authorization-codes.ts';
import { accessTokenClaims, clientInfo, idTokenClaims } from './claims.ts';
import { DeviceCodes } from './device-codes.ts';
import type { DeviceCode } from './device-codes.ts';
import { SignInError, unknownTenant } from './errors.ts';
import { JwtSigner } from './jwt.ts';
import type { RefreshTokenFile } from './refresh-token-file.ts';
import { Tokens } from './tokens.ts';
import type { Grant } from './tokens.ts';

/** The answer of the token endpoint (RFC 6749, 5.1, with Entra's additions). */
export interface TokenAnswer {
  token_type: 'Bearer';
  scope?: string;
  expires_in: number;
  ext_expires_in: number;
  access_token: string;
  refresh_token?: string;
  id_token?: string;
  client_info?: string;
}

/** The names that stand for many tenants. */
export const MULTI_TENANTS = ['common', 'organizations', 'consumers'];
/** Graph's addresses in the clouds, and its app id: what a scope may name besides the emulator. */
const GRAPH_RESOURCES = [
  'https://graph.microsoft.com', 'https://graph.microsoft.us', 'https://dod-graph.microsoft.us', 'https://microsoftgraph.chinacloudapi.cn',
  '00000003-0000-0000-c000-000000000000',
];
/** Entra's app-only tokens last an hour less a second. */
const APP_TOKEN_SECONDS_LESS = 1;

/** Scopes that ask for a kind of token and grant nothing in Graph. */
const NOT_GRANTED = new Set(['offline_access']);

export interface SignInOptions {
  settings: Settings;
  directory: Directory;
  clock: EmulatorClock;
  secrets: Secrets;
  refreshTokens: RefreshTokenFile;
  /** `https://localhost:8443`, known once the server listens; during a request, the origin that the client used. */
  origin: () => string;
}

/** SignInService is the state behind the sign-in routes: who can sign in, and what they were granted. */
export class SignInService {
  readonly directory: Directory;
  readonly tokens: Tokens;
  readonly deviceCodes: DeviceCodes;
  readonly authorizationCodes: AuthorizationCodes;
  readonly applications: Applications;
  readonly signer = new JwtSigner();
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
    this.applications = new Applications([...directory.company.applications, ...settings.applications]);
    const isPersonal = settings.personality === 'personal';
    this.tokens = new Tokens({
      clock, pace: settings.pace, secrets, directory, file: refreshTokens,
      refreshPrefix: isPersonal ? 'M.C5_' : '1.AX',
      // Tokens of personal accounts are opaque.
      write: (grant, validity) =>
        isPersonal
          ? `EwB4${secrets.word()}`
          : this.signer.sign(accessTokenClaims(grant, {
              ...validity, origin: this.origin, graphUrl: `https://${this.graphHost}`, tenantId: directory.tenantId, uniqueId: secrets.word(),
              applicationName: this.applications.get(grant.clientId).displayName ?? grant.clientId,
            })),
    });
    this.deviceCodes = new DeviceCodes(clock, secrets, settings.deviceCodeIntervalSeconds);
    this.authorizationCodes = new AuthorizationCodes(clock, secrets);
  }

  /** `https://localhost:8443`; during a request, the origin that the client used. */
  get origin(): string {
    return this.#origin();
  }

  /** Graph's host: of the names that the emulator also answers for, the one that is Graph's. */
  get graphHost(): string {
    const { alsoAnswer } = this.settings;
    const { host, hostname } = new URL(this.origin);
    return (alsoAnswer.includes(hostname) ? alsoAnswer.find((name) => name.includes('graph')) : undefined) ?? host;
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
    if (!MULTI_TENANTS.includes(tenant.toLowerCase()) && !this.isOwnTenant(tenant)) throw unknownTenant(tenant);
  }

  isOwnTenant(tenant: string): boolean {
    return ['example.com', this.directory.tenantId].includes(tenant.toLowerCase());
  }

  /** The audiences that a certificate's assertion may have for this tenant. */
  assertionAudiences(tenant: string): string[] {
    return [`${this.origin}/${tenant}/oauth2/v2.0/token`, `${this.origin}/${tenant}/v2.0`, `${this.origin}/${this.directory.tenantId}/v2.0`];
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

  /** Answers a user's sign-in. `nonce` goes into the id token; `clientInfo` says whether the client asked for that. */
  answer(grant: Grant & { user: User }, extra: { nonce?: string | undefined; clientInfo: boolean }): TokenAnswer {
    const { user } = grant;
    const { token, expiresInSeconds } = this.tokens.issueAccess(grant);
    const asked = new Set(grant.scopes);
    const answer: TokenAnswer = {
      token_type: 'Bearer',
      scope: grant.scopes.filter((scope) => !NOT_GRANTED.has(scope)).join(' '),
      expires_in: expiresInSeconds,
      ext_expires_in: expiresInSeconds,
      access_token: token,
    };
    if (asked.has('offline_access')) answer.refresh_token = this.tokens.issueRefresh(grant);
    if (asked.has('openid')) {
      const nowMs = this.nowMs();
      const expiresMs = nowMs + this.settings.pace.tokenLifetimeMs;
      answer.id_token = this.signer.sign(idTokenClaims(user, { nowMs, expiresMs, origin: this.origin, clientId: grant.clientId, nonce: extra.nonce }));
    }
    if (extra.clientInfo) answer.client_info = clientInfo(user);
    return answer;
  }

  /** Answers an app that signs in as itself, with the permissions of its registration. It gets no refresh token. */
  answerApplication(application: Application, tenant: string, scope: string): TokenAnswer {
    if (!this.isOwnTenant(tenant) || this.settings.personality === 'personal') {
      throw new SignInError(
        'invalid_request',
        9001023,
        'The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.',
      );
    }
    const resource = /^(.+?)\/?\/\.default$/.exec(scope)?.[1];
    if (resource === undefined) {
      throw new SignInError(
        'invalid_scope',
        1002012,
        `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`,
      );
    }
    if (![...GRAPH_RESOURCES, this.origin].includes(resource)) {
      throw new SignInError('invalid_resource', 500011, `The resource principal named ${resource} was not found in the tenant named ${this.directory.tenantId}.`);
    }
    const { token, expiresInSeconds } = this.tokens.issueAccess({ user: undefined, clientId: application.clientId, scopes: application.roles });
    const lifetime = Math.max(1, expiresInSeconds - APP_TOKEN_SECONDS_LESS);
    return { token_type: 'Bearer', expires_in: lifetime, ext_expires_in: lifetime, access_token: token };
  }
}

/** `openid https://graph.microsoft.com/Files.Read` and the like, as short names. */
export function scopesFrom(text: string): string[] {
  return text
    .split(' ')
    .filter((scope) => scope !== '')
    .map((scope) => scope.slice(scope.lastIndexOf('/') + 1));
}
