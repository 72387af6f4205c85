import { join } from 'node:path';
import { changes } from '../changes/changes.ts';
import { fixedPace, type PollPace } from '../changes/poll-schedule.ts';
import type { Progress } from '../changes/index/enumerate.ts';
import { openPositionFile } from '../changes/resume/position-file.ts';
import type { DrivePosition } from '../changes/resume/position-store.ts';
import { canonicalId } from '../drive-ids.ts';
import { usageError } from '../errors.ts';
import { sizeOfEvent, type WatchEvent } from '../events.ts';
import { driveDelta } from '../graph/delta.ts';
import type { GraphGet } from '../graph/http.ts';
import { targetName, type Target } from '../graph/targets.ts';
import { retryDelay } from '../retry-policy.ts';
import { BoundedQueue } from '../lib/bounded-queue.ts';
import { safeText } from '../output/safe-text.ts';
import type { SharedLimits } from '../stream/link.ts';
import { CHANGES_FROM_NOW, positionName, sinceTime, type ChangeOptions } from './options/change-options.ts';
import { notifications, type WatchAccess } from './access.ts';
import { isBelow } from './finding/find-target.ts';
import type { TargetStream } from './target-stream.ts';

export interface TargetOptions {
  changes: ChangeOptions | undefined;
  /** More targets than this one: each keeps its own position. */
  many: boolean;
  /** Its label among many, if it has one. */
  label?: string | undefined;
  limits?: SharedLimits;
  /** Shows how far the enumeration is; returns false if there is no place for it, and lines have to do. */
  onProgress?: ((key: string, progress: Progress) => boolean) | undefined;
  /** Only changes to this folder, and what is in it, or to this file: notifications would say nothing about it. */
  below?: string | undefined;
  /** Distinguishes it from other targets of this process; default: its name. */
  key?: string;
  /** Where its position is kept, already open, if not in the file that `changes.resume` names. */
  positions?: DrivePosition | undefined;
}

/** How often a line reports the progress of the enumeration. */
const PROGRESS_EVERY_MS = 3_000;

/** Notifications have no position. */
const nothing = (): Promise<void> => Promise.resolve();

/** `openTarget` opens a target's events; nothing is requested before they are read. Rejects if its position is in use. */
export async function openTarget(access: WatchAccess, target: Target, signal: AbortSignal, options: TargetOptions): Promise<TargetStream> {
  const wanted = options.changes ?? (options.below === undefined ? undefined : CHANGES_FROM_NOW);
  if (wanted === undefined) {
    const queue = new BoundedQueue<WatchEvent>(sizeOfEvent);
    return {
      events: notifications(access, target, signal, { ...options.limits, queue }), passTo: (taker) => { queue.passTo(taker); },
      settle: nothing, close: nothing,
    };
  }
  const notificationsOf = (ending: AbortSignal): AsyncGenerator<WatchEvent, void, undefined> => notifications(access, target, ending, { ...options.limits, polled: true });

  const { context: { surroundings: { clock, random }, settings, people }, get } = access;
  const { notifications: withNotifications, index, sharing, recheckMs, resume, after, since, poll, once } = wanted;
  const name = targetName(target);
  const key = options.key ?? name;
  const delta = driveDelta(target, paced(get, signal, options.limits?.admit), settings.graphUrl, { sharing });
  const positions = options.positions ?? (resume === undefined ? undefined : await openPositionFile({
    folder: join(settings.configFolder, 'resume'), name: positionName(resume, key, options.many), clock, signal,
    onWaiting: () => { people.say(safeText(`${name}: the saved position is locked by another graph-watch; waiting to see whether that is still running`)); },
  }));
  if (positions?.stored !== undefined && (after !== undefined || since !== undefined)) {
    people.warn(`${after === undefined ? '--since' : '--after'} ignored: "${name}" already has a saved position`);
  }
  // The title of a library, which Graph decides, may be the label.
  const say = (line: string): void => { people.say(safeText(options.many ? `${options.label ?? name}: ${line}` : line)); };
  const joinPolled = (): PollPace => access.polls.join();
  const stream = changes({
    target: name, source: delta, clock, signal, withNotifications, index: whenIndexed(index, once || options.many), recheckMs, positions,
    trigger: once ? { once } : poll === undefined ? { notifications: notificationsOf, fallback: joinPolled, unannounced: sharing ? joinPolled : undefined } : { pace: () => (poll === 'auto' ? joinPolled() : fixedPace(poll)) },
    start: after ?? (since === undefined ? undefined : { since: sinceTime(since, clock.now()) }),
    identify: positions === undefined && after === undefined && !sharing ? undefined : async (attempt) => {
      if (sharing && await delta.isPersonal(attempt)) say('Graph reports sharing changes on business and SharePoint drives only: --sharing has no effect on this personal drive');
      if (positions === undefined && after === undefined) return;
      const drive = await delta.driveId(attempt);
      if (after !== undefined && canonicalId(after.drive) !== drive) throw usageError('The cursor belongs to another drive.', `graph-watch cursor prints one for ${name}.`);
      positions?.belongTo(drive);
    },
    retryDelay: (trouble) => retryDelay({
      ...trouble, othersConnected: options.limits?.everConnected() === true,
      // The next run may come soon, and must not find this one still waiting.
      everConnected: trouble.everConnected && !once,
    }, random),
    onFirstPosition: once ? () => { say('stored the position; the next run reports what has changed since'); } : undefined,
    onProgress: progressLines(say, (progress) => options.onProgress?.(key, progress) === true),
  });
  const events = afterDamage(positions, name, clock.now(), stream.events);
  return {
    events: options.below === undefined ? events : onlyBelow(options.below, events),
    settle: (last) => stream.settle(last), close: async () => { await positions?.close(); }, status: () => ({ key, ...stream.status() }),
  };
}

/** Many drives at once would be many enumerations at once, and a run that ends soon has no time for one. */
function whenIndexed(asked: boolean | undefined, notBehind: boolean): 'first' | 'behind' | 'never' {
  if (asked === undefined) return notBehind ? 'never' : 'behind';
  return asked ? 'first' : 'never';
}

/** With many targets, each request waits for its turn. */
function paced(get: GraphGet, ending: AbortSignal, admit: SharedLimits['admit'] | undefined): GraphGet {
  if (admit === undefined) return get;
  return async (path, signal = ending, more) => {
    const giveBack = await admit(signal);
    return get(path, signal, more).finally(giveBack);
  };
}

async function* onlyBelow(path: string, events: AsyncGenerator<WatchEvent, void, undefined>): AsyncGenerator<WatchEvent, void, undefined> {
  const passes = isBelow(path);
  for await (const event of events) if (event.type !== 'change' || passes(event)) yield event;
}

/** If the stored position could not be read, it is unknown what was missed, and the first event says so. */
async function* afterDamage(positions: DrivePosition | undefined, target: string, now: number, events: AsyncGenerator<WatchEvent, void, undefined>): AsyncGenerator<WatchEvent, void, undefined> {
  if (positions?.damaged !== undefined) {
    yield { type: 'gap', time: now, target, reason: `the stored position was damaged and is now ${positions.damaged.path}; reporting changes from now on`, from: positions.damaged.writtenAt, to: now };
  }
  yield* events;
}

/** `12000 items in 60 pages, 2400 items/s`, now and then, unless it is shown elsewhere, and at the end. */
function progressLines(say: (line: string) => void, isShown: (progress: Progress) => boolean): (progress: Progress) => void {
  let saidAt = 0;
  return (progress) => {
    const { items, pages, elapsedMs, done } = progress;
    if (isShown(progress) && !done) return;
    if (!done && elapsedMs - saidAt < PROGRESS_EVERY_MS) return;
    saidAt = done ? 0 : elapsedMs;
    const rate = Math.round(items / Math.max(elapsedMs / 1000, 0.001));
    say(`${done ? 'indexed' : 'indexing'}: ${items} items in ${pages} ${pages === 1 ? 'page' : 'pages'}, ${rate} items/s`);
  };
}
