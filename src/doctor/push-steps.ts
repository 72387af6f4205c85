import { WatchError } from '../errors.ts';
import { rejectWhenAborted, unlessAborted } from '../lib/abort.ts';
import { describeDuration } from '../lib/duration.ts';
import { foreignText } from '../lib/foreign-text.ts';
import type { Journey } from './journey.ts';
import type { Measured } from './measured.ts';
import { PushTrial } from './push-trial.ts';
import type { Finding, Step } from './steps.ts';

/** How long to wait for the answer to a WebSocket ping … */
const ANSWER_MS = 5_000;
/** … and for that of the root namespace, which comes at once if at all. */
const ROOT_ANSWER_MS = 3_000;
/** A ping may come this much later than announced. */
const PING_SLACK_MS = 5_000;

/** `pushSteps` are those of the connection to the push host. */
export const pushSteps: readonly Step[] = [
  { name: 'websocket', needs: ['endpoint'], run: webSocket },
  { name: 'namespace', needs: ['websocket'], run: namespace },
  { name: 'ping', needs: ['namespace'], run: ping, limitMs: ({ push }) => pingLimitMs(push) + ANSWER_MS },
];

const NO_ENDPOINT = 'there is no endpoint to connect to';

async function webSocket(journey: Journey, signal: AbortSignal): Promise<Finding> {
  const { endpoint, context, measured, onEnd } = journey;
  if (endpoint === undefined) return { detail: NO_ENDPOINT, skipped: true };
  const { notificationUrl: url } = endpoint;
  const { surroundings: { clock }, redactor: { redact }, people } = context;
  const [network, { openSocket }] = await Promise.all([context.network(), import('../stream/socket.ts')]);
  const ended = new AbortController();
  onEnd(() => { ended.abort(); });
  const push = new PushTrial(url, (onWebSocket) => openSocket(url, {
    connection: network.connection(url.href, ended.signal), proxy: network.proxyOf(url.href),
    now: () => clock.now(), redact, debug: (line) => { people.debug(line); }, onWebSocket,
  }, ended.signal));
  journey.push = push;
  onEnd(() => { void push.connection.then((connection) => { connection.close('doctor is done'); }, () => undefined); });
  const opened = await rejectWhenAborted(Promise.race([push.upgraded.seen, push.connection.then(() => push.upgraded.seen)]), signal).catch((error: unknown) => { throw withPolling(error); });
  const { headers, otherHeaders } = harmless(opened.value, redact);
  measured.push = { headers, otherHeaders };
  return { detail: `connected to ${url.host}${network.proxyOf(url.href) === undefined ? '' : ' through the proxy'}` };
}

/** Some networks let HTTPS through and WebSockets not. */
function withPolling(thrown: unknown): unknown {
  if (!(thrown instanceof WatchError) || thrown.category !== 'network') return thrown;
  const { category, message, code, status, hint } = thrown;
  const polling = 'If WebSockets are blocked, use watch --poll 30s.';
  return new WatchError(category, message, { code, status, cause: thrown, hint: hint === undefined ? polling : `${hint} ${polling}` });
}

async function namespace(journey: Journey, signal: AbortSignal): Promise<Finding> {
  const { push, measured } = journey;
  if (push === undefined) return { detail: NO_ENDPOINT, skipped: true };
  try {
    await rejectWhenAborted(push.connection, signal);
  } finally {
    const answer = push.acknowledged.now?.value;
    measured.push = { ...measuredPush(measured), ...push.opened.now?.value, ...(answer === undefined ? {} : { namespaceAnswer: answer }) };
  }
  const session = push.opened.now?.value;
  return { detail: `acknowledged${session === undefined ? '' : `; the server pings every ${describeDuration(session.pingIntervalMs)} and waits ${describeDuration(session.pingTimeoutMs)} for the answer`}` };
}

function measuredPush({ push }: Measured): NonNullable<Measured['push']> {
  return push ?? { headers: {}, otherHeaders: [] };
}

async function ping(journey: Journey, signal: AbortSignal): Promise<Finding> {
  const { push, measured, context: { surroundings: { clock } } } = journey;
  if (push === undefined) return { detail: NO_ENDPOINT, skipped: true };
  const connection = await push.connection;
  const lost = connection.ended.then((reason) => { throw new WatchError('network', `the connection ended before the first ping: ${reason}`, { code: 'connectionLost', hint: 'Something along the way may be closing idle connections.' }); });
  lost.catch(() => undefined);
  const asked = performance.now();
  push.ping();
  const pong = await Promise.race([push.ponged.seen, lost, clock.sleep(ANSWER_MS, signal).then(() => undefined)]);
  signal.throwIfAborted();
  const session = push.opened.now;
  const since = session?.at ?? asked;
  const leftMs = Math.max(0, pingLimitMs(push) - (performance.now() - since));
  const first = await Promise.race([push.pinged.seen, lost, clock.sleep(leftMs, signal).then(() => undefined)]);
  signal.throwIfAborted();
  const pongMs = pong === undefined ? null : Math.round(pong.at - asked);
  const pings = { webSocketPongMs: pongMs, ...(first === undefined ? {} : { firstPingMs: Math.round(first.at - since) }) };
  measured.push = { ...measuredPush(measured), ...pings };
  if (first === undefined) {
    throw new WatchError('network', `the server sent no ping within ${describeDuration(pingLimitMs(push))}`, { code: 'noPing', hint: 'Something along the way may be holding back what the server sends; watch --poll 30s works without a socket.' });
  }
  return { detail: `the first came after ${describeDuration(first.at - since)}; a WebSocket ping was ${pongMs === null ? 'not answered' : `answered in ${pongMs} ms`}` };
}

function pingLimitMs(push: PushTrial | undefined): number {
  return (push?.opened.now?.value.pingIntervalMs ?? 25_000) + PING_SLACK_MS;
}

/** `askRoot` finds out what the root namespace answers. It comes last: nobody knows whether the connection survives it. */
export async function askRoot({ push, measured, context: { surroundings: { clock } } }: Journey, signal: AbortSignal): Promise<void> {
  // Without an answer to its own namespace the connection may never be made, or be refused.
  if (push?.acknowledged.now === undefined) return;
  const connection = await push.connection.catch(() => undefined);
  if (connection === undefined) return;
  const done = new AbortController();
  push.joinRoot();
  const waited = clock.sleep(ROOT_ANSWER_MS, done.signal).then(() => undefined);
  const ended = connection.ended.then(() => undefined);
  const answer = await unlessAborted(Promise.race([push.rootAnswered.seen, waited, ended]), signal);
  done.abort();
  measured.push = { ...measuredPush(measured), rootAnswer: answer?.value ?? null };
}

/** Headers about a server's software and the connection. All others may name somebody, or be a credential. */
const HARMLESS = new Set([
  'server', 'via', 'date', 'connection', 'upgrade', 'x-powered-by', 'strict-transport-security', 'sec-websocket-extensions', 'sec-websocket-protocol', 'vary',
  'cache-control', 'transfer-encoding', 'content-length', 'x-content-type-options', 'x-cache', 'alt-svc',
]);
const MOST_HEADERS = 30;

function harmless(all: Readonly<Record<string, string | string[] | undefined>>, redact: (text: string) => string): { headers: Record<string, string>; otherHeaders: string[] } {
  const headers: Record<string, string> = {};
  const otherHeaders: string[] = [];
  for (const [name, value] of Object.entries(all).slice(0, MOST_HEADERS)) {
    const shown = foreignText(name, redact, 60);
    if (HARMLESS.has(name) && value !== undefined) headers[shown] = foreignText([value].flat().join(', '), redact, 80);
    else otherHeaders.push(shown);
  }
  return { headers, otherHeaders };
}

