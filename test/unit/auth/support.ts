import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HttpRequest, HttpResponse, Send } from '../../../src/net/send.ts';
import { createRedactor, type Redactor } from '../../../src/lib/redactor.ts';
import type { Clock } from '../../../src/surroundings.ts';
import type { KeyVault } from '../../../src/auth/store/key-vault.ts';
import type { SignInContext } from '../../../src/auth/msal.ts';
import { TokenStore } from '../../../src/auth/store/token-store.ts';

export const AUTHORITY = 'https://login.test/common';
export const CLIENT_ID = '00001111-aaaa-2222-bbbb-3333cccc4444';
export const TENANT_ID = '9188040d-6c67-4c5b-b112-36a304b66dad';

/** A clock whose sleeps end at once, move its time, and are recorded. */
export interface SleepLog extends Clock {
  readonly sleeps: number[];
  /** Called and awaited at each sleep. */
  onSleep?: (ms: number) => Promise<void> | void;
}

export function sleepLog(): SleepLog {
  let time = Date.UTC(2026, 0, 1);
  const log: SleepLog = {
    sleeps: [],
    now: () => time,
    async sleep(ms, signal) {
      if (signal?.aborted === true) return;
      log.sleeps.push(ms);
      time += ms;
      await log.onSleep?.(ms);
      // Lets others run, as a real wait does.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  return log;
}

/** A keyring in memory. `broken` makes it reject, as on a machine without one. */
export function memoryVault(): KeyVault & { secret: string | undefined; broken: boolean } {
  const vault = {
    secret: undefined as string | undefined,
    broken: false,
    get() {
      return vault.broken ? Promise.reject(new Error('no D-Bus')) : Promise.resolve(vault.secret);
    },
    set(secret: string) {
      if (vault.broken) return Promise.reject(new Error('no D-Bus'));
      vault.secret = secret;
      return Promise.resolve();
    },
    delete() {
      if (vault.broken) return Promise.reject(new Error('no D-Bus'));
      vault.secret = undefined;
      return Promise.resolve();
    },
  };
  return vault;
}

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body: unknown;
}

/** Values that must never appear in the output. */
export const SECRETS = {
  deviceCode: 'DEVICE-CODE-SECRET-0001',
  access: (n: number) => `EwA-ACCESS-SECRET-${n}`,
  refresh: (n: number) => `M.C5-REFRESH-SECRET-${n}`,
};

export interface FakeService {
  send: Send;
  requests: HttpRequest[];
  /** The forms posted to the token endpoint. */
  tokenForms(): URLSearchParams[];
  /** What the token endpoint answers next; a function is called with the form. The last one is repeated. */
  script(...answers: (Answer | Error | ((form: URLSearchParams) => Answer | Promise<Answer>))[]): void;
  deviceAnswer: Answer;
  /** Fields that replace those of the discovery document. */
  discovery: Record<string, unknown>;
}

/** A sign-in service behind a `Send`. */
export function fakeService(): FakeService {
  const requests: HttpRequest[] = [];
  let answers: Parameters<FakeService['script']>[number][] = [tokens()];
  const service: FakeService = {
    requests,
    deviceAnswer: {
      body: {
        user_code: 'ABCD1234', device_code: SECRETS.deviceCode, verification_uri: 'https://login.test/device',
        expires_in: 900, interval: 5, message: 'To sign in, open https://login.test/device and enter the code ABCD1234.',
      },
    },
    discovery: {},
    script(...next) {
      answers = next;
    },
    tokenForms: () => requests.filter(({ url }) => url.includes('/token')).map(({ body }) => new URLSearchParams(body ?? '')),
    async send(request) {
      request.signal?.throwIfAborted();
      requests.push(request);
      const { pathname } = new URL(request.url);
      if (pathname.endsWith('/openid-configuration')) return reply({ body: { ...(discovery(request.url).body as object), ...service.discovery } });
      if (pathname.endsWith('/devicecode')) return reply(service.deviceAnswer);
      const next = answers.length > 1 ? answers.shift() : answers[0];
      if (next === undefined) throw new Error('nothing scripted');
      if (next instanceof Error) throw next;
      return reply(typeof next === 'function' ? await next(new URLSearchParams(request.body ?? '')) : next);
    },
  };
  return service;
}

function reply({ status = 200, headers = {}, body }: Answer): HttpResponse {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

function discovery(url: string): Answer {
  const authority = url.slice(0, url.indexOf('/v2.0/'));
  return {
    body: {
      issuer: `${new URL(url).origin}/{tenantid}/v2.0`,
      authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
      token_endpoint: `${authority}/oauth2/v2.0/token`,
      jwks_uri: `${authority}/discovery/v2.0/keys`,
    },
  };
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export interface TokenOptions {
  user?: string;
  n?: number;
  scope?: string;
  expiresIn?: number;
}

/** A token answer. `n` makes each access token different. */
export function tokens({ user = 'ada', n = 1, scope = 'Files.Read openid profile', expiresIn = 3600 }: TokenOptions = {}): Answer {
  const claims = {
    iss: 'https://login.test/v2.0', aud: CLIENT_ID, tid: TENANT_ID, oid: `oid-${user}`, sub: `sub-${user}`,
    preferred_username: `${user}@example.com`, name: user, ver: '2.0',
  };
  return {
    body: {
      token_type: 'Bearer', scope, expires_in: expiresIn, access_token: SECRETS.access(n), refresh_token: SECRETS.refresh(n),
      id_token: `${encode({ alg: 'none' })}.${encode(claims)}.sig`,
      client_info: encode({ uid: `uid-${user}`, utid: TENANT_ID }),
    },
  };
}

/** An error answer as Entra ID sends it. */
export function refusal(error: string, aadsts?: number, status = 400): Answer {
  return {
    status,
    body: {
      error,
      error_description: aadsts === undefined ? 'No.' : `AADSTS${aadsts}: The service's own words. Trace ID: 1 Correlation ID: 2`,
      error_codes: aadsts === undefined ? [] : [aadsts],
      trace_id: 'trace-0001', correlation_id: 'correlation-0001', timestamp: '2026-01-01 00:00:00Z', error_uri: 'https://login.test/error',
    },
  };
}

export interface Scene {
  folder: string;
  service: FakeService;
  clock: SleepLog;
  vault: ReturnType<typeof memoryVault>;
  redactor: Redactor;
  /** The lines shown to people. */
  said: string[];
  /** What `--debug` showed. */
  debugged: string[];
  context(changes?: Partial<SignInContext>): SignInContext;
  store(): TokenStore;
  clean(): void;
}

/** Everything that a sign-in needs, in a folder of its own. */
export function scene(): Scene {
  const folder = join(mkdtempSync(join(tmpdir(), 'graph-watch-')), 'config');
  const redactor = createRedactor();
  const made: Scene = {
    folder,
    service: fakeService(),
    clock: sleepLog(),
    vault: memoryVault(),
    redactor,
    said: [],
    debugged: [],
    store: () => new TokenStore({
      configFolder: folder, clock: made.clock, redactor, vault: made.vault, warn: (line) => made.said.push(redactor.redact(line)),
    }),
    context: (changes = {}) => ({
      cloud: 'global', clientId: CLIENT_ID, authority: AUTHORITY, graphUrl: 'https://graph.microsoft.com',
      store: made.store(), send: made.service.send, clock: made.clock, redactor,
      debug: (line) => made.debugged.push(redactor.redact(line)), ...changes,
    }),
    clean() {
      rmSync(join(folder, '..'), { recursive: true, force: true });
    },
  };
  return made;
}
