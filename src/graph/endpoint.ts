import { WatchError } from '../errors.ts';
import { isLoopback } from '../net/loopback.ts';
import type { GraphGet } from './http.ts';
import { isRecord } from '../lib/json.ts';
import { endpointPath, type Target } from './targets.ts';

/** Endpoint is the answer of "Get websocket endpoint". Everything but the URL is optional in practice. */
export interface Endpoint {
  /** A secret: its query is the push host's only credential. */
  notificationUrl: URL;
  /** Milliseconds until it expires, or `undefined` if the answer has no readable expiry. */
  lifetimeMs: number | undefined;
  /** The host is not one that this cloud is known to use. */
  unexpectedHost: boolean;
  /** The answer as it came. */
  raw: Readonly<Record<string, unknown>>;
}

/**
 * The push hosts of the global cloud, by captured answers: `*.pushp.svc.ms`, `*.pushnp.svc.ms`,
 * `*.svc.ms`. Those of the national clouds are not known, so nothing is expected there.
 */
const GLOBAL_PUSH_HOST = /\.svc\.ms$/i;

/** Known ones have some 200 characters. The host name in it is shown to people, and all of it goes into a request's first line. */
const LONGEST_URL = 8_192;

/** Clocks this close are the same clock, seen through whole seconds and a slow network. */
const CLOCK_TOLERANCE_MS = 5_000;

export interface EndpointOptions {
  target: Target;
  get: GraphGet;
  /** The Graph root, without the version: decides which URL is accepted. */
  graphUrl: string;
  /** Expect the push hosts of the global cloud. */
  globalCloud: boolean;
  /** Called with the URL as soon as it is known, before anything can print it. */
  onSecret: (secret: string) => void;
  now: () => number;
}

/** `fetchEndpoint` asks Graph for a fresh endpoint. Throws what `get` throws, and a `network` error for an unusable answer: the next may be better. */
export async function fetchEndpoint(options: EndpointOptions, signal: AbortSignal): Promise<Endpoint> {
  const { target, get, graphUrl, globalCloud, onSecret, now } = options;
  const { body, headers } = await get(endpointPath(target), signal, { urgent: true });
  const raw = isRecord(body) ? body : {};
  const text = raw.notificationUrl;
  if (typeof text !== 'string' || text === '') throw badAnswer('it has no notificationUrl');
  if (text.length > LONGEST_URL) throw badAnswer(`its notificationUrl has ${text.length} characters`);
  if (!URL.canParse(text)) throw badAnswer('its notificationUrl is not a URL');
  const notificationUrl = new URL(text);
  onSecret(text);
  // As they are in the URL, and decoded: a library might print either form.
  for (const pair of notificationUrl.search.slice(1).split('&')) onSecret(pair.slice(pair.indexOf('=') + 1));
  for (const value of notificationUrl.searchParams.values()) onSecret(value);
  checkScheme(notificationUrl, new URL(graphUrl));
  return {
    notificationUrl,
    lifetimeMs: lifetime(parseTime(raw.expirationDateTime), headers.date, now()),
    unexpectedHost: globalCloud && !GLOBAL_PUSH_HOST.test(notificationUrl.hostname),
    raw,
  };
}

/**
 * The clock of this machine may be wrong, and then the answer's own `Date` is used. Otherwise it
 * is not, since it has only whole seconds, which matters for endpoints that live for a few.
 */
function lifetime(expiresAt: number | undefined, date: string | undefined, now: number): number | undefined {
  if (expiresAt === undefined) return undefined;
  const serverNow = Date.parse(date ?? '');
  const clocksAgree = Number.isNaN(serverNow) || Math.abs(serverNow - now) <= CLOCK_TOLERANCE_MS;
  return expiresAt - (clocksAgree ? now : serverNow);
}

/** `https` only; plain `http` is for a Graph that runs on this machine. */
function checkScheme(url: URL, graph: URL): void {
  if (url.protocol === 'https:' || url.protocol === 'wss:') return;
  if ((url.protocol === 'http:' || url.protocol === 'ws:') && isLoopback(graph.hostname) && isLoopback(url.hostname)) return;
  throw badAnswer(`its notificationUrl is not https (${url.protocol}//${url.hostname})`);
}

/**
 * `parseTime` reads Graph's times: RFC 3339 with a fraction of up to seven digits (`2026-05-11T21:52:27.5200000Z`), and,
 * on older pages, without a zone, which means UTC.
 */
export function parseTime(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?$/i.exec(value.trim());
  if (match === null) return undefined;
  const [, seconds = '', fraction = '', zone = 'Z'] = match;
  const time = Date.parse(`${seconds}${fraction.slice(0, 4)}${zone.toUpperCase()}`);
  return Number.isNaN(time) ? undefined : time;
}

function badAnswer(why: string): WatchError {
  return new WatchError('network', `Graph's endpoint response is unusable: ${why}.`, { code: 'badEndpoint' });
}
