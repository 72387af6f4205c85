import type { CommandContext } from '../../app/context.ts';
import { report } from '../../app/report.ts';
import { LeaseLost, type Lease } from '../../cluster/lease.ts';
import { toError } from '../../errors.ts';
import type { WatchEvent } from '../../events.ts';
import type { AttemptLimiter } from '../../stream/attempt-limiter.ts';
import type { SharedLimits } from '../../stream/link.ts';
import type { WatchAccess } from '../access.ts';
import type { ChangeOptions } from '../options/change-options.ts';
import { leasePositions } from '../cluster/lease-positions.ts';
import { leasedStream } from '../cluster/leased-stream.ts';
import type { TargetEntry } from './line-finder.ts';
import { ALL_REPORTED } from '../outcome.ts';
import type { WatchSession } from '../session.ts';
import { openTarget } from '../target.ts';
import type { TargetStream } from '../target-stream.ts';

/** LoopScene is what all loops of a process share. */
export interface LoopScene {
  context: CommandContext;
  access: WatchAccess;
  session: WatchSession;
  changes: ChangeOptions | undefined;
  limits: SharedLimits;
  /** Aborted when the watch is over: each target is named until its `end` is reported. */
  over: AbortSignal;
}

/** LoopTarget is one of many targets, as its loop sees it. */
export interface LoopTarget {
  target: TargetEntry;
  /** A later version of the list may have another label. */
  label: () => string | undefined;
  /** Aborted when the target is no longer to be watched, and when the watch is over; the reason's message is that of its `end`. */
  gone: AbortSignal;
  /** Called when its end is about to be reported: it no longer counts as watched. */
  onEnd: () => void;
  /** In a cluster: the right to watch it. */
  lease?: Lease;
  /** If its position was lost, in milliseconds since the epoch: whatever happened since then may never be reported. */
  positionLostAt?: number | undefined;
}

/** LoopEnd is why a loop ended: its event met the count, `gone` was aborted (or the watch is over), with `--once` all was reported, or the target failed for good. */
export type LoopEnd = 'met' | 'gone' | 'done' | { failed: Error; code: number };

/** `sharedLimits` returns what all loops of a session share, with this limiter. */
export function sharedLimits({ surroundings: { random } }: CommandContext, session: WatchSession, limiter: AttemptLimiter): SharedLimits {
  return { admit: (attempt) => limiter.enter(attempt), spread: random, everConnected: () => session.connected };
}

/** `runTargetLoop` follows one of many targets as long as it can be watched. Rejects only if the watch is over. */
export async function runTargetLoop(scene: LoopScene, { target, label, gone, onEnd, lease, positionLostAt }: LoopTarget): Promise<LoopEnd> {
  const { context, access, session, changes, limits, over } = scene;
  const { people, settings: { debug, cloud }, surroundings: { clock } } = context;
  const dressed = (event: WatchEvent): WatchEvent => {
    if (event.type === 'ready' || event.type === 'reconnecting') lease?.note(event.type);
    const now = label();
    // In place: a copy would be without what the event works out when it is asked, and nobody else has the event.
    if (now !== undefined) event.label = now;
    if (target.key !== target.name) event.key = target.key;
    return event;
  };
  const end = (reason: string, failed: boolean): WatchEvent => {
    onEnd();
    return { type: 'end', time: clock.now(), target: target.name, reason, failed };
  };
  const whyGone = (): string => toError(gone.reason).message;
  const isDone = (): boolean => changes?.once === true && !gone.aborted;
  try {
    await session.recount();
    const { below, key } = target;
    const opened = await openTarget(access, target.target, gone, {
      // Where a target has a position, --since means nothing.
      changes: changes !== undefined && lease?.stored !== undefined ? { ...changes, since: undefined } : changes,
      many: true, label: target.label, limits, below, key, onProgress: session.progress,
      positions: lease === undefined ? undefined : leasePositions(lease, target.name),
    });
    const stream = lease === undefined ? opened : leasedStream(opened, lease, gone);
    const lost: WatchEvent | undefined = positionLostAt === undefined ? undefined : { type: 'gap', time: clock.now(), target: target.name, reason: 'NATS has lost the position; reporting changes from now on', from: positionLostAt, to: clock.now() };
    const isRead = await session.follow(framed(lost, stream, () => (over.aborted ? undefined : end(isDone() ? ALL_REPORTED : whyGone(), false))), dressed);
    if (!isRead) return 'met';
    return isDone() ? 'done' : 'gone';
  } catch (error) {
    if (over.aborted && !session.failedFirst(error)) throw error;
    if (error === gone.reason || error instanceof LeaseLost) {
      await session.show(dressed(end(toError(error).message, false)));
      return 'gone';
    }
    const code = report(error, people, { debug, cloud, target: label() ?? target.name });
    await session.show(dressed(end(toError(error).message, true)));
    return { failed: toError(error), code };
  }
}

/** The end of a target is the last of its events: where another process continues it, that is published before the other can begin. */
function framed(first: WatchEvent | undefined, stream: TargetStream, end: () => WatchEvent | undefined): TargetStream {
  return Object.create(stream, { events: { value: framedEvents(first, stream, end) } }) as TargetStream;
}

async function* framedEvents(first: WatchEvent | undefined, { events }: TargetStream, end: () => WatchEvent | undefined): AsyncGenerator<WatchEvent, void, undefined> {
  if (first !== undefined) yield first;
  yield* events;
  const last = end();
  if (last !== undefined) yield last;
}
