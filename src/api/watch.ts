import { usageError } from '../errors.ts';
import type { ChangesOptions, WatchOptions, WatchTarget } from './options.ts';
import type { ChangeEvent, LifecycleEvent, NotificationEvent } from './records.ts';
import type { EventStream } from './stream.ts';

/** WatchEvent is what `watch` yields: notifications, and with the option `lifecycle` lifecycle events. */
export type WatchEvent<Lifecycle extends boolean = false> = NotificationEvent | (true extends Lifecycle ? LifecycleEvent : never);

/** ChangesEvent is what `changes` yields: changes, with the option `lifecycle` lifecycle events, and with `notifications` notifications. */
export type ChangesEvent<Lifecycle extends boolean = false, Notifications extends boolean = false> =
  | ChangeEvent
  | (true extends Lifecycle ? LifecycleEvent : never)
  | (true extends Notifications ? NotificationEvent : never);

/**
 * `watch` yields Graph's notifications of a drive as they come, like `graph-watch watch <target>`. They say that something changed, never
 * what. The stream renews its connection and reconnects as long as it is read; it rejects with a `WatchError` if retrying is pointless.
 *
 * @param target - What to watch: a whole drive.
 * @param options - How to reach Graph; a `token` at least, or `env`.
 */
export function watch<Lifecycle extends boolean = false>(
  target: WatchTarget, options: WatchOptions & { readonly lifecycle?: Lifecycle | undefined },
): EventStream<WatchEvent<Lifecycle>> {
  return open<WatchEvent<Lifecycle>>('watch', target, options);
}

/**
 * `changes` yields what changed in a drive, or in a folder of it, as it happens, like `graph-watch watch <target> --changes`: created,
 * modified, renamed, moved, deleted, with path, size and who did it. With `resume` it continues where the last one stopped.
 *
 * @param target - What to watch: a drive, or the address of a folder or a file in it.
 * @param options - How to reach Graph, where to start and what passes; a `token` at least, or `env`.
 */
export function changes<Lifecycle extends boolean = false, Notifications extends boolean = false>(
  target: WatchTarget, options: ChangesOptions & { readonly lifecycle?: Lifecycle | undefined; readonly notifications?: Notifications | undefined },
): EventStream<ChangesEvent<Lifecycle, Notifications>> {
  return open<ChangesEvent<Lifecycle, Notifications>>('changes', target, options);
}

/** Loads what a stream needs when its first event is requested. */
function open<Event>(kind: 'watch' | 'changes', target: WatchTarget, options: ChangesOptions): EventStream<Event> {
  const closing = new AbortController();
  let closed = false;
  let acknowledge: ((event: object) => Promise<void>) | undefined;
  const events = run();
  const close = async (): Promise<IteratorResult<Event, undefined>> => {
    closing.abort();
    return events.return(undefined);
  };
  const stream: EventStream<Event> = {
    [Symbol.asyncIterator]: () => stream,
    next: () => events.next(),
    return: close,
    ack(event) {
      if (acknowledge === undefined || typeof event !== 'object' || event === null) {
        throw usageError(closed ? 'The stream is closed: its position can no longer move.' : 'Not an event of this stream.');
      }
      return acknowledge(event);
    },
    async close() {
      await close();
    },
    async [Symbol.asyncDispose]() {
      await close();
    },
  };
  return stream;

  async function* run(): AsyncGenerator<Event, undefined, undefined> {
    const { openWatch } = await import('./run.ts');
    const opened = openWatch({ kind, target, options, closing: closing.signal });
    acknowledge = opened.ack;
    try {
      yield* opened.events as AsyncGenerator<Event, undefined, undefined>;
    } finally {
      closed = true;
      acknowledge = undefined;
    }
    return undefined;
  }
}
