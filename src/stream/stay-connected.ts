import { describeDuration } from '../lib/duration.ts';
import { linked, unlessAborted } from '../lib/abort.ts';
import { WatchError } from '../errors.ts';
import { Deadline } from '../lib/deadline.ts';
import { BoundedQueue } from '../lib/bounded-queue.ts';
import { sizeOfEvent, type WatchEvent } from '../events.ts';
import { openLink, pump, type Link, type LinkMaker } from './link.ts';
import { renewalRetryDelay } from './renewal.ts';
import { leastPause, retryDelay, TroubleCount } from '../retry-policy.ts';
import { sleepThrough, type WakeWatch } from './wake.ts';

export interface StayConnectedOptions extends LinkMaker {
  /** As in every event: `me`, `drive:<id>`, … */
  target: string;
  /** Uniform in [0, 1). */
  random: () => number;
  wake: WakeWatch;
  /** Ends the stream: what has arrived is still yielded. */
  signal: AbortSignal;
  /** Where its events wait; it may have a taker that gets them without waiting. */
  queue?: BoundedQueue<WatchEvent>;
  /** Whether something else takes the place of a missing connection: then connecting is never given up for that reason alone. */
  polled?: boolean;
}

/** Failures are forgotten once a connection has held this long (or brought a notification). */
export const STABLE_MS = 60_000;
/** How long to wait for the answer to a ping: from the old link when the new one took over, and after a wake-up. */
export const ANSWER_WITHIN_MS = 5_000;

/**
 * `stayConnected` yields notifications and lifecycle events of one target: it connects, renews the endpoint before it
 * expires, reconnects after every loss, and reports a `gap` if something may have been missed.
 * Throws a `WatchError` if trying again is useless.
 *
 * The loop runs on while the consumer is busy, for an endpoint expires whether or not anybody reads;
 * events wait in a bounded queue, behind which the socket is paused. Only a reader that stalls over more
 * than one renewal stops it: the resulting loss is reported.
 */
export async function* stayConnected(options: StayConnectedOptions): AsyncGenerator<WatchEvent, void, undefined> {
  const { queue = new BoundedQueue<WatchEvent>(sizeOfEvent) } = options;
  const life = linked(options.signal);
  const living = connectForever({ ...options, signal: life.signal }, queue).then(
    () => {
      queue.end();
    },
    (error: unknown) => {
      queue.fail(error);
    },
  );
  try {
    yield* queue;
  } finally {
    life.abort();
    life.release();
    queue.end();
    await living;
  }
}

/** How inexact the known expiry is, in milliseconds: the server's clock comes in whole seconds, and its response takes a while. */
const EXPIRY_TOLERANCE_MS = 5_000;

/** After this much silence, in milliseconds, a server should have dropped the client: socket.io's defaults are a ping every 25 s, and 20 s to answer it. */
const LONGEST_SURVIVED_SLEEP_MS = 120_000;

/** Why the signal of a link aborts: without a reason, Node would make an error with a stack. */
const LOST = new Error('lost');

/** A link that was lost. */
interface Loss {
  reason: string;
  /** Wall clock time since when something may have been missed. */
  from: number;
  /** Whether the link held long enough to forget the failures before it. */
  proven: boolean;
  /** The service asked not to be called before then, if it did. */
  notBefore: Deadline | undefined;
}

/** Each iteration makes one connection, or fails to; a connection is held until it is lost. */
async function connectForever(options: StayConnectedOptions, queue: BoundedQueue<WatchEvent>): Promise<void> {
  const { clock, random, signal, target, polled = false, everConnected = () => false } = options;
  const stopped = (): boolean => signal.aborted;
  const count = new TroubleCount(clock.now);
  let loss: Loss | undefined;
  let toldHint: string | undefined;
  while (true) {
    const link = await openInTurn(options, count);
    if (stopped()) {
      if (!(link instanceof WatchError)) link.connection.close('stopped');
      return;
    }
    let error: WatchError;
    if (link instanceof WatchError) {
      error = link;
    } else {
      if (loss !== undefined) queue.put({ type: 'gap', time: clock.now(), target, reason: loss.reason, from: loss.from, to: clock.now() });
      queue.put({ type: 'ready', time: clock.now(), target, renewAt: link.renewal.at });
      loss = await holdLink(link, options, queue);
      if (loss === undefined) return;
      count.worked({ proven: loss.proven });
      error = new WatchError('network', loss.reason, { retryAfterMs: loss.notBefore?.leftMs });
    }
    const delayMs = retryDelay({ ...count.failed(error), error, everConnected: loss !== undefined, othersConnected: everConnected(), polled }, random);
    if (delayMs === 'give-up') throw error;
    queue.put({ type: 'reconnecting', time: clock.now(), target, reason: error.message, delayMs, hint: error.hint === toldHint ? undefined : error.hint });
    toldHint = error.hint;
    await sleepThrough(delayMs, { ...options, signal });
    if (stopped()) return;
  }
}

/** Opens a link once there is a place for the attempt. Waiting for one does not count as trouble. */
async function openInTurn(options: StayConnectedOptions, count?: TroubleCount): Promise<Link | WatchError> {
  const { admit, signal } = options;
  const giveBack = await admit?.(signal);
  count?.begin();
  return openLink(options, signal).finally(giveBack);
}

/**
 * Holds a link and its successors, each renewed before its endpoint expires: the new link is up before
 * the old one is closed. Resolves when one is lost, or with nothing when the stream is stopped.
 */
async function holdLink(first: Link, options: StayConnectedOptions, queue: BoundedQueue<WatchEvent>): Promise<Loss | undefined> {
  const { clock, signal, target } = options;
  const stopped = (): boolean => signal.aborted;
  let link = first;
  let pumped = pump(link, target, clock, signal, queue);
  let lost = aborting(pumped);
  let leaving: Promise<unknown> = Promise.resolve();
  while (true) {
    await untilRenewal(link, lost, options);
    // A reader that stalls for days must not cost one more connection at each renewal: as long as the link
    // before this one has something to hand on, there is no third. This one may expire meanwhile, which is a loss.
    await unlessAborted(leaving, signal);
    const lostBefore = await settled(pumped);
    if (stopped()) {
      link.connection.close('stopped');
      await pumped;
      return undefined;
    }
    if (lostBefore !== undefined) return lossOf(link, lostBefore, clock.now());

    const next = await openInTurn(options);
    if (next instanceof WatchError) {
      if (stopped()) continue;
      // The old link is kept as long as it lasts; after that the error above decides.
      const retryMs = Math.max(leastPause(next), renewalRetryDelay(link.expiry?.leftMs ?? Infinity, next.retryAfterMs));
      link.renewal = new Deadline(retryMs, clock.now);
      if (next.retryAfterMs !== undefined || leastPause(next) > 0) link.notBefore = link.renewal;
      queue.put({ type: 'warning', time: clock.now(), target, message: `couldn't renew the endpoint (${next.message}); retrying in ${describeDuration(retryMs)}` });
      continue;
    }
    // In the order of the wire: what the old link still delivers, then the renewal, then the new link.
    next.proven = isProven(link, clock.now());
    const left = retire(link, next, pumped, signal);
    leaving = left;
    pumped = left.then((loss) => {
      if (loss === undefined) {
        queue.put({ type: 'renewed', time: clock.now(), target, renewAt: next.renewal.at });
      } else if (!stopped()) {
        queue.put({ type: 'gap', time: clock.now(), target, reason: loss.reason, from: loss.from, to: next.since });
        queue.put({ type: 'ready', time: clock.now(), target, renewAt: next.renewal.at });
      }
      return pump(next, target, clock, signal, queue);
    });
    lost = aborting(pumped);
    link = next;
  }
}

/**
 * Closes the old link once its answer proves that it was alive when its successor connected, and that all that
 * the server had sent over it is here. One that does not answer, even if the server closed it in order,
 * may have failed before its successor was up: that is a loss. So is one whose endpoint expired before that: whether the server
 * still sent anything over it is unknown, even if it answers.
 */
async function retire(old: Link, next: Link, pumped: Promise<string>, signal: AbortSignal): Promise<Loss | undefined> {
  const answered = await unlessAborted(old.connection.answers(ANSWER_WITHIN_MS), signal);
  old.connection.close('the old connection did not answer');
  const reason = await pumped;
  if (answered !== true) return lossOf(old, reason, next.since);
  const expiredAt = old.expiry?.at ?? Infinity;
  return expiredAt + EXPIRY_TOLERANCE_MS >= next.since ? undefined : { ...lossOf(old, 'the endpoint expired before it could be renewed', next.since), from: expiredAt };
}

/** Resolves when the endpoint is due for renewal, `lost` is aborted, or the stream is stopped. */
async function untilRenewal(link: Link, lost: AbortSignal, { clock, wake, signal }: StayConnectedOptions): Promise<void> {
  let wakeUp = linked(signal, lost);
  const isHeld = (): boolean => !lost.aborted && !signal.aborted && link.renewal.leftMs > 0;
  const unsubscribe = wake.onJump((byMs) => {
    // Set back, the clock would reach the renewal too late. Forward, it may have slept: the renewal
    // comes at once or earlier than needed, both of which are right.
    if (byMs < 0) for (const deadline of [link.renewal, link.expiry, link.notBefore]) deadline?.clockSet(byMs);
    void checkLink(link, byMs);
    wakeUp.abort();
  });
  while (isHeld()) {
    await clock.sleep(link.renewal.leftMs, wakeUp.signal);
    wakeUp.release();
    wakeUp = linked(signal, lost);
  }
  wakeUp.release();
  unsubscribe();
}

/** After a jump of the clock the link may be dead without anybody having noticed. If not, and it was a long one, the clock was set: the endpoint expires as late as before. */
async function checkLink({ connection, expiry }: Link, byMs: number): Promise<void> {
  if (!(await connection.answers(ANSWER_WITHIN_MS))) connection.close('the connection was lost while the machine was asleep');
  else if (byMs > LONGEST_SURVIVED_SLEEP_MS) expiry?.clockSet(byMs);
}

function lossOf(link: Link, reason: string, now: number): Loss {
  // A clock that was set back may have left it in the future. What came after the expiry may not have been everything.
  const from = Math.min(link.connection.completeUntil, link.expiry?.at ?? Infinity, now);
  return { reason, from, proven: isProven(link, now), notBefore: link.notBefore };
}

/** Failures are forgotten after a notification or a stable period, not merely after connecting. */
function isProven(link: Link, now: number): boolean {
  return link.proven || now - link.since >= STABLE_MS;
}

/** Returns a signal that aborts when the promise is fulfilled. One for each link: each wait for its renewal would leave a reaction behind on the promise. */
function aborting(promise: Promise<unknown>): AbortSignal {
  const over = new AbortController();
  void promise.then(() => { over.abort(LOST); });
  return over.signal;
}

/** Returns the value of a promise that is already settled, `undefined` for one that is not. */
function settled<T>(promise: Promise<T>): Promise<T | undefined> {
  return Promise.race([promise, Promise.resolve(undefined)]);
}
