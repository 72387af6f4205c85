import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node';
import { WatchError } from '../errors.ts';
import { parseRetryAfter } from '../net/retry-after.ts';
import type { HttpResponse, Send } from '../net/send.ts';
import type { Redactor } from '../lib/redactor.ts';
import type { Clock } from '../surroundings.ts';
import { textField } from '../lib/json.ts';
import { checkedSignInAddress, checkedVerificationUri } from './sign-in-addresses.ts';
import { explainOAuthFailure, parseOAuthFailure } from './aadsts.ts';
import type { SeenFailures } from './msal-errors.ts';

export interface NetworkClientOptions {
  /** Tenant included. Requests go to its host, whatever its answers say; `undefined`: no answer names an address (managed identity). */
  authority: string | undefined;
  send: Send;
  clock: Clock;
  redactor: Redactor;
  signal?: AbortSignal | undefined;
  debug?: ((line: string) => void) | undefined;
}

export interface NetworkClient extends INetworkModule {
  /** Why the last exchange failed, if it did: MSAL forgets most of it. */
  readonly seen: SeenFailures;
}

/** RFC 8628 §3.2: how often to ask when the service does not say. */
const DEFAULT_POLL_INTERVAL_S = 5;
/** What Microsoft gives; RFC 8628 requires it, but then it requires an interval as a number, too. */
const DEFAULT_EXPIRY_S = 900;
/** The bounds on how often the service is asked while somebody enters the code, whatever it says. */
const SHORTEST_POLL_INTERVAL_S = 1;
const LONGEST_POLL_INTERVAL_S = 60;
const LONGEST_EXPIRY_S = 24 * 60 * 60;
/** Microsoft's codes have nine characters. */
const LONGEST_USER_CODE = 64;
/** RFC 8628 §3.5: how much slower each `slow_down` makes it. */
const SLOW_DOWN_MS = 5_000;
/** A laptop changes networks while somebody types the code; more failures in a row than this are an outage. */
const POLL_FAILURES_BORNE = 5;

/** What a token may consist of: it is sent in a header (RFC 6750 §2.1 allows even less). */
const SENDABLE = /^[\x21-\x7e]+$/;

const SECRET_FIELDS = [
  'access_token', 'refresh_token', 'id_token', 'device_code', 'code', 'code_verifier', 'client_info', 'client_secret', 'assertion',
];
/** Reports on this machine's earlier sign-ins, which MSAL adds to each token request; nothing needs them. */
const TELEMETRY_FIELDS = ['x-client-current-telemetry', 'x-client-last-telemetry'];

/**
 * `createNetworkClient` connects MSAL to the tool's own network: the same proxy, roots and time-outs as everything else.
 *
 * It also paces the device-code poll. MSAL's own wait cannot be interrupted (Ctrl-C would hang for
 * the rest of the interval), takes `slow_down` for a failure, and gives up at the first lost packet.
 * So MSAL gets an interval of 0, and each poll waits here instead.
 */
export function createNetworkClient({ authority, send, clock, redactor, signal, debug }: NetworkClientOptions): NetworkClient {
  const seen: SeenFailures = { network: undefined, oauth: undefined };
  let pollIntervalMs = DEFAULT_POLL_INTERVAL_S * 1000;
  let pollFailures = 0;

  const exchange = async <T>(method: 'GET' | 'POST', url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> => {
    signal?.throwIfAborted();
    seen.network = undefined;
    seen.oauth = undefined;
    const form = new URLSearchParams(options?.body ?? '');
    for (const field of TELEMETRY_FIELDS) form.delete(field);
    for (const field of SECRET_FIELDS) learn(redactor, form.get(field));
    let answer: HttpResponse;
    let body: unknown;
    try {
      answer = await send({
        method,
        url: authority === undefined ? url : checkedSignInAddress(url, authority),
        headers: options?.headers ?? {},
        ...(method === 'POST' ? { body: form.toString() } : {}),
        signal,
        answer: method === 'GET' ? 'discovery' : 'token',
      });
      body = parseBody(answer, url);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof WatchError) seen.network = error;
      throw error;
    }
    if (typeof body === 'object' && body !== null) {
      for (const field of SECRET_FIELDS) learn(redactor, (body as Record<string, unknown>)[field]);
    }
    const token = textField(body, 'access_token');
    if (token !== undefined && !SENDABLE.test(token)) {
      seen.network = noSignInService(answer, url);
      throw seen.network;
    }
    const failure = parseOAuthFailure(body, answer.status, parseRetryAfter(answer.headers['retry-after'], clock.now()));
    // Before the text is cut: half a token would not be recognized.
    seen.oauth = failure?.description === undefined ? failure : { ...failure, description: redactor.redact(failure.description) };
    debug?.(`${method} ${withoutQuery(url)}: ${answer.status}${seen.oauth === undefined ? '' : ` ${seen.oauth.error}`}`);
    return { status: answer.status, headers: answer.headers, body: body as T };
  };

  const poll = async <T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> => {
    await clock.sleep(pollIntervalMs, signal);
    // RFC 8628 has two ways to say "not yet"; MSAL knows one.
    const notYet = { status: 400, headers: {}, body: { error: 'authorization_pending' } as T };
    try {
      const answer = await exchange<T>('POST', url, options);
      if (seen.oauth?.error === 'slow_down') {
        pollIntervalMs += SLOW_DOWN_MS;
        return notYet;
      }
      if (answer.status < 500 && answer.status !== 429) {
        pollFailures = 0;
        return answer;
      }
      pollFailures += 1;
      if (pollFailures > POLL_FAILURES_BORNE) return answer;
      pollIntervalMs += SLOW_DOWN_MS;
    } catch (error) {
      signal?.throwIfAborted();
      pollFailures += 1;
      if (seen.network?.category !== 'network' || pollFailures > POLL_FAILURES_BORNE) throw error;
      debug?.(`${seen.network.message}; retrying`);
    }
    return notYet;
  };

  /** MSAL keeps less of an error, or nothing. */
  const remembered = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (error instanceof WatchError) seen.network = error;
      throw error;
    }
  };

  return {
    seen,
    sendGetRequestAsync: (url, options) => exchange('GET', url, options),
    async sendPostRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
      if (isDevicePoll(options?.body)) return poll<T>(url, options);
      const answer = await exchange<T>('POST', url, options);
      if (!asksForDeviceCode(url, options?.body)) return answer;
      const grant: unknown = answer.body;
      if (!isDeviceGrant(grant)) {
        // MSAL does not look: it would show a code "undefined", and poll for it.
        seen.network = seen.oauth === undefined ? noSignInService(answer, url) : explainOAuthFailure(seen.oauth);
        throw seen.network;
      }
      const interval = positive(grant.interval, DEFAULT_POLL_INTERVAL_S);
      pollIntervalMs = Math.min(Math.max(interval, SHORTEST_POLL_INTERVAL_S), LONGEST_POLL_INTERVAL_S) * 1000;
      const verificationUri = remembered(() => checkedVerificationUri(grant.verification_uri, authority ?? url));
      const expiresIn = Math.min(positive(grant.expires_in, DEFAULT_EXPIRY_S), LONGEST_EXPIRY_S);
      return { ...answer, body: { ...grant, verification_uri: verificationUri, interval: 0, expires_in: expiresIn } as T };
    },
  };
}

function isDevicePoll(body: string | undefined): boolean {
  const grant = new URLSearchParams(body ?? '').get('grant_type');
  return grant === 'device_code' || grant === 'urn:ietf:params:oauth:grant-type:device_code';
}

/** By what is asked, not only by the address: MSAL makes that from the token endpoint, which may be spelled in any way. */
function asksForDeviceCode(url: string, body: string | undefined): boolean {
  const form = new URLSearchParams(body ?? '');
  return withoutQuery(url).endsWith('/devicecode') || (form.has('scope') && !form.has('grant_type'));
}

interface DeviceGrant {
  device_code: string;
  user_code: string;
  verification_uri: string;
  interval?: unknown;
  expires_in?: unknown;
}

function isDeviceGrant(body: unknown): body is DeviceGrant {
  const code = textField(body, 'user_code');
  return code !== undefined && code.length <= LONGEST_USER_CODE && textField(body, 'device_code') !== undefined && textField(body, 'verification_uri') !== undefined;
}

/** The number of seconds in a field, which some services send as a text. */
function positive(value: unknown, otherwise: number): number {
  const seconds = Number(value ?? otherwise);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : otherwise;
}

function parseBody(answer: HttpResponse, url: string): unknown {
  try {
    const parsed: unknown = JSON.parse(answer.body);
    // MSAL reads fields off whatever comes; `null` would be a TypeError deep inside it.
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // Not JSON: reported below, with what to check.
  }
  throw noSignInService(answer, url);
}

function noSignInService({ status }: { status: number }, url: string): WatchError {
  const wrongPlace = status >= 400 && status < 500 && status !== 429;
  return new WatchError(wrongPlace ? 'auth' : 'network', `${new URL(url).host} does not answer like a sign-in service (HTTP ${status}).`, {
    status,
    hint: wrongPlace ? 'Check GRAPH_WATCH_AUTHORITY, --cloud and --tenant.' : 'Try again; a proxy or a network sign-in page may be in the way.',
  });
}

function learn(redactor: Redactor, secret: unknown): void {
  if (typeof secret === 'string') redactor.add(secret);
}

function withoutQuery(url: string): string {
  return url.split('?', 1)[0] ?? '';
}
