import { usageError, WatchError } from '../errors.ts';
import { isLoopback } from '../net/loopback.ts';
import { parseRetryAfter } from '../net/retry-after.ts';
import type { HttpResponse, Send } from '../net/send.ts';
import type { Clock } from '../surroundings.ts';
import { about, type Act } from './action.ts';

/** ForwardTarget is a checked `--forward`. */
export interface ForwardTarget {
  url: string;
  /** For messages: a path may be a secret too, as that of a Slack webhook. */
  host: string;
  headers: Readonly<Record<string, string>>;
  /** Never to be shown. */
  secrets: readonly string[];
}

/** Set by HTTP itself: setting them would break the exchange. */
const OWN_HEADERS = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'upgrade', 'expect', 'keep-alive', 'te', 'trailer']);

/**
 * `forwardTarget` checks `--forward` and `--forward-header 'Name: value'`. https, or http to this machine; http to
 * another only if `insecure` allows unencrypted events and headers. Throws a usage error that quotes no secret.
 */
export function forwardTarget(url: string, headerLines: readonly string[], insecure: boolean): ForwardTarget {
  if (!URL.canParse(url)) throw usageError('--forward needs a URL.', 'Write it like https://example.com/hook or http://localhost:3000/hook.');
  const parsed = new URL(url);
  const { protocol, hostname, host, username, password, search, searchParams } = parsed;
  if (protocol !== 'https:' && protocol !== 'http:') throw usageError(`--forward needs an https:// or http:// URL, not ${protocol}//.`);
  if (username !== '' || password !== '') {
    throw usageError('The --forward URL must not contain a user name or password.', 'Send them as --forward-header \'Authorization: Basic …\'.');
  }
  if (protocol === 'http:' && !isLoopback(hostname) && !insecure) {
    throw usageError(`Events would be sent to ${host} unencrypted (plain http).`, 'Use https, or allow it with --forward-insecure.');
  }
  parsed.hash = '';
  const headers: Record<string, string> = {};
  for (const line of headerLines) {
    const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/.exec(line.trim()) ?? [];
    if (name === undefined || value === undefined) throw usageError('--forward-header must have the form \'Name: value\'.');
    if (OWN_HEADERS.has(name.toLowerCase())) throw usageError(`--forward-header cannot set ${name}.`);
    headers[name.toLowerCase()] = value;
  }
  return { url: parsed.href, host, headers, secrets: secretsOf(headers, search, searchParams) };
}

/** Headers and parameters whose value is a credential whatever it looks like. */
const CREDENTIAL_NAME = /auth|bearer|cookie|credential|key|pass|pwd|secret|session|sig|token/i;
/** Looks generated: long, without spaces, letters and digits mixed. */
const RANDOM_LOOK = /^(?=\S*\d)(?=\S*[a-z])\S{10,}$/i;

/**
 * `secretsOf` returns what must not be shown: the query, and the values of headers and parameters that are
 * credentials by their name or look, also without a scheme (`Bearer …`) before them. `X-Env: production` is not
 * one: to hide that word would hide it in drive ids and paths too.
 */
function secretsOf(headers: Readonly<Record<string, string>>, search: string, query: URLSearchParams): string[] {
  const values = [...Object.entries(headers), ...query].flatMap(([name, value]) => {
    const bare = value.replace(/^\w+\s+/, '');
    return CREDENTIAL_NAME.test(name) || RANDOM_LOOK.test(bare) ? [value, bare] : [];
  });
  return [...values, search.slice(1)].filter((secret) => secret !== '');
}

export interface ForwardOptions {
  target: ForwardTarget;
  /** All items of a run as one JSON array, instead of the only item as an object. */
  batch: boolean;
  contentType: string;
  userAgent: string;
  send: Send;
  clock: Clock;
  /** Uniform in [0, 1). */
  random: () => number;
  /** Called with why an attempt failed and when the next one is, in milliseconds. */
  onRetry: (why: string, delayMs: number) => void;
}

const FIRST_RETRY_MS = 500;
const RETRY_CAP_MS = 30_000;
/** About two and a half minutes of an unreachable server: long enough for its restart. */
const ATTEMPTS = 10;

/**
 * `forwardAction` posts the items as JSON. Temporary failures are retried (no answer, 408, 425, 429, 5xx) and delay
 * later events, since events keep their order; others (other 4xx, redirects) are final.
 */
export function forwardAction({ target, batch, contentType, userAgent, send, clock, random, onRetry }: ForwardOptions): Act {
  // A proxy could not reach this machine, and could read event and headers, which may be plain http.
  const direct = isLoopback(new URL(target.url).hostname);
  return async (items, signal) => {
    const text = items.map(({ json }) => json).join(',');
    const request = {
      method: 'POST', url: target.url, signal, direct, answer: 'status', body: batch ? `[${text}]` : text,
      headers: { 'content-type': contentType, 'user-agent': userAgent, ...target.headers },
    } as const;
    const isOver = (): boolean => signal.aborted;
    const what = `Forwarding ${about(items)} to ${target.host}`;
    // It is unknown whether it was accepted: the next run posts it again.
    const cutShort = { message: `${what} was cut short by the end of the watch.` };
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await exchange(send, request);
      if (outcome === undefined) return undefined;
      if (isOver()) return cutShort;
      const { why, again, retryAfter, date, hint } = outcome;
      if (!again) return { message: `${what} failed: ${why}.`, hint };
      if (attempt === ATTEMPTS) return { message: `${what} failed ${ATTEMPTS} times; last error: ${why}.`, hint };
      const backoffMs = Math.min(RETRY_CAP_MS, FIRST_RETRY_MS * 2 ** (attempt - 1));
      // Half of it is random, so that many senders do not retry at the same moment.
      const askedMs = parseRetryAfter(retryAfter, clock.now(), date) ?? 0;
      // A `Retry-After` of 0 is not taken literally: ten attempts would be over before the server is back.
      const delayMs = askedMs > 0 ? askedMs : Math.round(backoffMs * (0.5 + random() / 2));
      onRetry(`${what}: ${why}`, delayMs);
      await clock.sleep(delayMs, signal);
      if (isOver()) return cutShort;
    }
  };
}

interface Trouble {
  why: string;
  /** Trying again may help. */
  again: boolean;
  /** What the server asks for, and that response's `Date`. */
  retryAfter?: string | undefined;
  date?: string | undefined;
  hint?: string | undefined;
}

/** Resolves with `undefined` if the event was accepted. */
async function exchange(send: Send, request: Parameters<Send>[0]): Promise<Trouble | undefined> {
  let answer: HttpResponse;
  try {
    answer = await send(request);
  } catch (error) {
    if (error instanceof WatchError && error.category === 'network') return { why: error.message, again: true, hint: error.hint };
    throw error;
  }
  const { status, headers } = answer;
  if (status >= 200 && status < 300) return undefined;
  if (status >= 300 && status < 400) return { why: `it returned ${status}`, again: false, hint: 'Redirects are not followed: use the address it redirects to.' };
  const again = status >= 500 || status === 408 || status === 425 || status === 429;
  return { why: `it returned ${status}`, again, retryAfter: again ? headers['retry-after'] : undefined, date: headers.date };
}
