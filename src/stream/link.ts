import { linked, unlessAborted } from '../lib/abort.ts';
import { toError, WatchError } from '../errors.ts';
import { Deadline } from '../lib/deadline.ts';
import type { BoundedQueue } from '../lib/bounded-queue.ts';
import type { NotificationEvent, WatchEvent } from '../events.ts';
import type { Clock } from '../surroundings.ts';
import { readPayload, soleEntry } from './payload.ts';
import { renewalDelay } from './renewal.ts';
import type { Connection } from './connection.ts';
import { LONGEST_FRAME } from './longest-frame.ts';

/** StreamEndpoint is the result of one request for an endpoint. */
export interface StreamEndpoint {
  url: URL;
  /** Milliseconds until it expires, or `undefined` if unknown. */
  lifetimeMs: number | undefined;
}

/** SharedLimits is what the targets of one process share, so that many of them do not act at the same moment. */
export interface SharedLimits {
  /** Waits until this attempt may start, if many share a network; returns a function that releases the place. */
  admit: (signal: AbortSignal) => Promise<() => void>;
  /** In [0, 1): how much of the allowed spread to renew early, so that many links do not do it at once. */
  spread: () => number;
  /** Whether any of them has been connected. Then a target that joins late is waited for like the others. */
  everConnected: () => boolean;
}

/** LinkMaker says how links are made. */
export interface LinkMaker extends Partial<SharedLimits> {
  /** Asks for a fresh endpoint; called at every attempt, since a URL is good for one lifetime only. */
  fetchEndpoint: (signal: AbortSignal) => Promise<StreamEndpoint>;
  /** Opens one connection. */
  connect: (url: URL, signal: AbortSignal) => Promise<Connection>;
  clock: Clock;
}

/** How much earlier than needed a renewal may come to be spread: a part of its delay. */
const RENEWAL_SPREAD = 0.25;

/** One attempt, endpoint and handshake together, takes at most this long, whatever hangs in it. */
export const ATTEMPT_TIMEOUT_MS = 30_000;

/** Link is a connection together with what is needed to replace it in time. */
export interface Link {
  connection: Connection;
  /** Wall clock when it was acknowledged. */
  since: number;
  /** When to renew its endpoint, and when that expires (if known). */
  renewal: Deadline;
  expiry: Deadline | undefined;
  /** It has delivered a notification, or took over from a proven one: failures are forgotten. */
  proven: boolean;
  /** The service asked not to be called before then, if it did. */
  notBefore: Deadline | undefined;
}

/** Why an attempt's time limit is lifted. */
const MADE = new Error('the attempt is over');

/** `openLink` gets a fresh endpoint and connects to it, or resolves with a `WatchError` that says why not; never rejects. */
export async function openLink(maker: LinkMaker, signal: AbortSignal): Promise<Link | WatchError> {
  const attempt = linked(signal);
  const done = new AbortController();
  void maker.clock.sleep(ATTEMPT_TIMEOUT_MS, done.signal).then(() => {
    if (!done.signal.aborted) attempt.abort();
  });
  const making = makeLink(maker, attempt.signal);
  // Not everything obeys a signal (a token file on a network drive that hangs): the waiting ends nevertheless.
  const made = await unlessAborted(making, attempt.signal);
  done.abort(MADE);
  // What continues although nobody waits for it any more has to learn of the end as well.
  void making.finally(() => { attempt.release(); });
  if (made !== undefined) return made;
  void making.then((late) => {
    if (!(late instanceof WatchError)) late.connection.close('too late');
  });
  return overdueError();
}

function overdueError(cause?: unknown): WatchError {
  return new WatchError('network', `no connection was made within ${ATTEMPT_TIMEOUT_MS / 1000} s`, { code: 'timeout', cause });
}

async function makeLink({ fetchEndpoint, connect, clock, spread = () => 0 }: LinkMaker, attempt: AbortSignal): Promise<Link | WatchError> {
  try {
    const { url, lifetimeMs } = await fetchEndpoint(attempt);
    const renewal = new Deadline(renewalDelay(lifetimeMs) * (1 - RENEWAL_SPREAD * spread()), clock.now);
    // One that is over already is not what Graph means: a clock is wrong.
    const expiry = lifetimeMs === undefined || lifetimeMs <= 0 ? undefined : new Deadline(lifetimeMs, clock.now);
    const connection = await connect(url, attempt);
    return {
      connection,
      since: clock.now(),
      renewal,
      expiry,
      proven: false,
      notBefore: undefined,
    };
  } catch (error) {
    if (error instanceof WatchError) return error;
    const { name, message } = toError(error);
    // An aborted attempt is not a bug, whoever aborted it: the next one may well succeed.
    if (attempt.aborted) return overdueError(error);
    return new WatchError(name === 'AbortError' ? 'network' : 'internal', message, { cause: error });
  }
}

/** This many notifications are passed on at once; then signals and timers get a turn, however many come in one frame. */
const AT_ONCE = 1_000;
/** Once the stream is stopped, at most this many more are passed on: normally fewer are waiting. */
const MOST_ONCE_STOPPED = 10_000;

/**
 * `pump` passes on everything that the link delivers, in order, as `notification` events, waiting if the reader is
 * slow. Resolves with the reason of the link's end once all has been passed on. Once `signal` is aborted, it does not
 * wait for that indefinitely.
 */
export async function pump(link: Link, target: string, clock: Clock, signal: AbortSignal, queue: BoundedQueue<WatchEvent>): Promise<string> {
  // Whoever waits for the next notification with nothing before it gets it in the turn that brings it.
  link.connection.passTo((payload) => {
    if (!queue.isAwaited || signal.aborted) return false;
    const event = soleNotification(payload, target, clock.now());
    if (event === undefined) return false;
    link.proven = true;
    queue.put(event);
    return true;
  });
  let handedOn = 0;
  let onceStopped = 0;
  for await (const payloads of link.connection) {
    link.proven = true;
    for (const event of notificationsIn(payloads, target, clock.now())) {
      queue.put(event);
      handedOn += 1;
      if (handedOn % AT_ONCE > 0) continue;
      await queue.room();
      await new Promise((resolve) => { setImmediate(resolve); });
      if (!signal.aborted) continue;
      onceStopped += AT_ONCE;
      if (onceStopped < MOST_ONCE_STOPPED) continue;
      queue.put({ type: 'warning', time: clock.now(), target, message: 'stopped before all notifications that had arrived were reported' });
      return link.connection.ended;
    }
    await queue.room();
  }
  return link.connection.ended;
}

function* notificationsIn(payloads: readonly unknown[], target: string, time: number): Generator<NotificationEvent, void, undefined> {
  for (const payload of payloads) {
    const sole = soleNotification(payload, target, time);
    if (sole !== undefined) {
      yield sole;
      continue;
    }
    const entries = readPayload(payload);
    const size = sizeOf(payload) / entries.length;
    for (const data of entries) yield { type: 'notification', time, target, data, size };
  }
}

function soleNotification(payload: unknown, target: string, time: number): NotificationEvent | undefined {
  const json = soleEntry(payload);
  return json === undefined ? undefined : new UnreadNotification(json, target, time);
}

/** UnreadNotification is a notification whose JSON text is known to be valid, and is not parsed unless somebody asks for its data. */
class UnreadNotification implements NotificationEvent {
  readonly type = 'notification';
  readonly time: number;
  readonly target: string;
  readonly json: string;
  readonly size: number;

  constructor(json: string, target: string, time: number) {
    this.time = time;
    this.target = target;
    this.json = json;
    this.size = json.length;
  }

  get data(): unknown {
    return JSON.parse(this.json) as unknown;
  }
}

/** Returns the approximate size in characters. */
function sizeOf(payload: unknown): number {
  if (typeof payload === 'string') return payload.length;
  try {
    return JSON.stringify(payload).length;
  } catch {
    // Out of stack: anything that deep is long.
    return LONGEST_FRAME;
  }
}
