import { createFilter, type ChangeFilter } from '../changes/filter/filter.ts';
import { targetKey, type Origin, type WatchEvent } from '../events.ts';
import { driveName } from '../graph/drive-name.ts';
import type { GraphGet } from '../graph/http.ts';
import type { Target } from '../graph/targets.ts';
import { present } from '../lib/json.ts';
import { safeText } from '../output/safe-text.ts';
import { createWriter, ReaderGone } from '../output/writer.ts';
import type { CommandContext } from '../app/context.ts';
import type { WatchOptions } from './options/watch-options.ts';
import { readyFile } from './ready-file.ts';
import { createActions } from './actions.ts';
import { followStream } from './follow-stream.ts';
import { jsonLine, outputFormat } from './format.ts';
import { allOf } from './handlers.ts';
import { createPresenter, type Presenter } from './presenter.ts';
import { createPublishing } from './publishing.ts';
import { createRecording } from './recording.ts';
import type { Serving } from './serving.ts';
import { summary } from './summary.ts';
import type { TargetStream } from './target-stream.ts';
import { exitOf, TimedOut } from './outcome.ts';
import { whoAmIPatiently } from './finding/who-am-i.ts';

/** WatchedName is a target that is being watched, as its records name it. */
export interface WatchedName {
  target: string;
  label?: string;
  /** Distinguishes it from other targets of the same name; default: `target`. */
  key?: string;
}

/** WatchSession is one run of a `watch`, from its first event to its exit code. */
export interface WatchSession {
  /** Aborted by Ctrl-C, `--timeout`, a closed stdout, and when the session is over. */
  readonly signal: AbortSignal;
  /** Whether any target has been connected. */
  readonly connected: boolean;
  /** Where it is served over HTTP, if it is. */
  readonly servedAt: string | undefined;
  /** `recount` checks again whether everything is ready. Call it when another target is being watched, or when it is known which ones are. */
  recount(): Promise<void>;
  /** Whether a stream failed with this error before anything stopped the session: `--timeout` may run out while a slow reader is waited for. */
  failedFirst(error: unknown): boolean;
  /** Shows an event; returns false if `--count` was already met. */
  show(event: WatchEvent): Promise<boolean>;
  /**
   * Shows all events of a target (as `dressed`, if given); returns false if `--count` was met meanwhile. However it
   * ends, what stdout has accepted and the handlers are done with is settled, and the stream is closed.
   */
  follow(stream: TargetStream, dressed?: (event: WatchEvent) => WatchEvent): Promise<boolean>;
  /** `useGraph` lets the session query Graph: for the drive's name, and for who is signed in, if a filter needs that. Call it before anything is shown. `target`: the only one, if it is. */
  useGraph(get: GraphGet, target?: Target): Promise<void>;
  unexpectedHost(host: string): void;
  /** Shows how far the enumeration of a target's drive is; returns false if there is no place for it. */
  progress: Presenter['progress'];
  /**
   * Waits until `life`, the work of the watch, is over; reports how the run ended and resolves with its exit
   * code. Rejects with the error that ended it, once that has been recorded.
   */
  finish(life: Promise<void>): Promise<number>;
}

/** How long to wait for a slow reader to take what has arrived when the watch ends. */
const FLUSH_WITHIN_MS = 2_000;

/**
 * `openSession` sets up everything around a `watch`: output, ready file, count, timeout, summary.
 *
 * `watching` names the targets that are being watched at that moment: each gets its `end`, unless it has had it.
 */
export async function openSession(context: CommandContext, options: WatchOptions, watching: () => readonly WatchedName[]): Promise<WatchSession> {
  const { surroundings: { clock, stdout }, people } = context;
  if (options.budget !== undefined) context.pace.limitTo(options.budget);
  const stop = new AbortController();
  const writer = createWriter(stdout, { hurry: AbortSignal.any([context.signal, stop.signal]), lines: true, clock });
  const stopped = AbortSignal.any([context.signal, writer.failed, stop.signal]);
  const format = outputFormat(context, options.output);
  const json = jsonLine(context, format, false);
  let serving: Serving | undefined;
  const actions = options.actions === undefined ? undefined : createActions(context, {
    options: options.actions, format, json, stdout: (text) => writer.write(text), signal: stopped, onResult: (result, events) => { serving?.acted(result, events); },
  });
  const recording = options.record === undefined ? undefined : await createRecording(context, options.record, stopped);
  const publishing = options.nats === undefined ? undefined : createPublishing(context, { options: options.nats, lifecycle: options.lifecycle, signal: stopped });
  const handlers = allOf([actions, recording, publishing].filter((handler) => handler !== undefined));
  const signal = handlers.any ? AbortSignal.any([stopped, handlers.failed]) : stopped;
  const { replay, timeoutMs } = options;
  const once = replay !== undefined || options.changes?.once === true;
  if (timeoutMs !== undefined) void clock.sleep(timeoutMs, signal).then(() => { stop.abort(new TimedOut(timeoutMs)); });
  let name = (): Promise<string | undefined> => Promise.resolve(undefined);
  const presenter = createPresenter(context, writer, {
    format, lifecycle: options.lifecycle, notificationsOnly: replay === undefined && options.changes === undefined,
    targets: () => replay?.several ?? options.many ?? false,
    name: options.many === true ? undefined : () => name(),
    recorded: replay !== undefined,
    // What is printed for an event stands below the event's own line.
    sumUp: options.actions === undefined && options.onEvent === undefined,
  }, signal);
  const ready = readyFile({
    path: options.readyFile, standby: options.standby, watching: () => (options.isLookingUp?.() === true ? undefined : watching().map(targetKey)), clock, signal,
    warn: (line) => { people.warn(line); }, onFailed: (error) => { stop.abort(error); },
  });
  const tally = summary(clock, options.changes === undefined ? ['notification', 'change'] : ['change'], { once, what: replay === undefined ? 'change' : 'event' });
  await ready.remove();
  const releaseReadyFile = context.onAbruptExit(() => { ready.removeNow(); });

  if (options.serve !== undefined) {
    const { standby } = options;
    const { openServing } = await import('./serving.ts');
    serving = await openServing(context, {
      options: options.serve, mode: options.changes === undefined && replay === undefined ? 'notifications' : 'changes', name: () => name(),
      watching, isLookingUp: options.isLookingUp, replay,
      standby: standby === undefined ? undefined : () => standby() !== undefined,
      queues: () => present({ stdout: presenter.untaken, actions: actions?.undone, publishing: publishing?.undone, recording: recording?.undone }),
    }).catch(async (error: unknown) => {
      stop.abort();
      releaseReadyFile();
      await handlers.close();
      throw error;
    });
  }

  let passes: ChangeFilter = () => true;
  /** It is unknown how much a reader took before it closed the pipe. */
  const flushed = async (): Promise<boolean> => {
    presenter.flush();
    await writer.flush(FLUSH_WITHIN_MS);
    return !(writer.failed.reason instanceof ReaderGone);
  };
  const isMet = (): boolean => options.count !== undefined && tally.events >= options.count;
  const isNextTheLast = (): boolean => options.count !== undefined && tally.events + 1 >= options.count;
  const show = async (event: WatchEvent, origin?: Origin): Promise<boolean> => {
    if (event.type === 'change' && !passes(event)) return true;
    // Notifications come in bursts: do not await anything for them that has nothing to do.
    if (event.type !== 'notification') await ready.follow(event);
    // Another target may have met the count meanwhile.
    if (isMet() && event.type !== 'end') return false;
    tally.note(event);
    // A cursor moves only past what has been handled.
    if (event.type === 'checkpoint' && handlers.any) await handlers.checkpoint(event, async () => { await presenter.event(event); }, origin?.stream);
    else await presenter.event(event, origin);
    serving?.event(event);
    if (handlers.any && event.type !== 'checkpoint') await handlers.add(event, origin);
    if (event.type === 'ready') options.onReady?.();
    options.onEvent?.(event);
    return true;
  };
  /** What failed before anything stopped the watch. */
  const failedFirst = new WeakSet();
  const onFailure = (error: unknown): void => { if (error instanceof Error && !signal.aborted) failedFirst.add(error); };
  const follow: WatchSession['follow'] = (stream, dressed = (event) => event) =>
    followStream({ show, presenter, handlers, tally, serving, isMet, isNextTheLast, flushed, onEvent: options.onEvent, onFailure }, stream, dressed);
  const finish: WatchSession['finish'] = async (life) => {
    try {
      return await end(life);
    } finally {
      await serving?.close('the watch is over');
    }
  };
  const end = async (life: Promise<void>): Promise<number> => {
    const failure = await life.catch((error: unknown) => { onFailure(error); return error; });
    presenter.flush();
    await writer.flush(FLUSH_WITHIN_MS);
    const output = { failure: writer.failed.reason as unknown, untaken: presenter.untaken };
    const verdict = exitOf({ failure, failedFirst: failure instanceof Error && failedFirst.has(failure), signal, events: tally.events, count: options.count, once, isWhole: replay?.isWhole, handlers, output });
    for (const loss of verdict.losses) people.always(safeText(`warning: ${loss}`));
    // Ends what still waits on the clock: the process must not outlive its watch.
    stop.abort();
    for (const watched of watching()) {
      await show({ ...watched, type: 'end', time: clock.now(), reason: options.afterwards === undefined ? verdict.reason : `${verdict.reason}; ${options.afterwards}`, failed: verdict.error !== undefined });
    }
    await ready.remove();
    releaseReadyFile();
    await serving?.close(verdict.reason);
    // The ends are events, too.
    await handlers.drain();
    await handlers.close();
    // A reader that has just been waited for in vain is not waited for once more.
    await writer.flush(output.untaken > 0 ? 0 : FLUSH_WITHIN_MS);
    presenter.close();
    if (tally.connected || (once && verdict.error === undefined)) people.say(tally.line());
    if (verdict.error !== undefined) throw verdict.error;
    return verdict.code;
  };
  return {
    signal,
    get connected() {
      return tally.connected;
    },
    servedAt: serving?.url,
    recount: () => ready.recount(),
    failedFirst: (error) => error instanceof Error && failedFirst.has(error),
    show,
    follow,
    useGraph: async (get, target) => {
      let known: Promise<string | undefined> | undefined;
      if (target !== undefined) name = () => (known ??= driveName(get, target, signal));
      if (options.filter !== undefined) passes = await createFilter(options.filter, () => whoAmIPatiently(get, context, signal));
    },
    unexpectedHost: (host) => { presenter.unexpectedHost(host); },
    progress: (key, progress) => presenter.progress(key, progress),
    finish,
  };
}
