import type { Origin, WatchEvent } from '../events.ts';
import type { Handlers } from './handlers.ts';
import type { Presenter } from './presenter.ts';
import type { Serving } from './serving.ts';
import type { Summary } from './summary.ts';
import type { TargetStream } from './target-stream.ts';

/** FollowParts are what a session shows the events of its streams with. */
export interface FollowParts {
  /** Shows an event; resolves with false if `--count` was already met. */
  show: (event: WatchEvent, origin: Origin) => Promise<boolean>;
  presenter: Presenter;
  handlers: Handlers;
  tally: Summary;
  serving: Serving | undefined;
  /** Whether `--count` is met. */
  isMet: () => boolean;
  /** Whether the next event meets it. */
  isNextTheLast: () => boolean;
  /** Resolves once stdout has accepted what is written, with false if it is unknown how much of it was read. */
  flushed: () => Promise<boolean>;
  onEvent: ((event: WatchEvent) => void) | undefined;
  /** Called with the error that ended the stream, before anything is waited for. */
  onFailure: (error: unknown) => void;
}

/**
 * `followStream` shows all events of a stream, as `dressed` returns them; resolves with false if `--count` was met meanwhile. However it
 * ends, what stdout has accepted and the handlers are done with is settled, and the stream is closed.
 */
export async function followStream(parts: FollowParts, stream: TargetStream, dressed: (event: WatchEvent) => WatchEvent): Promise<boolean> {
  const { show, presenter, handlers, tally, serving, isMet, isNextTheLast, flushed, onEvent, onFailure } = parts;
  let last: WatchEvent | undefined;
  /** Where each change stands in the stream. */
  const places = new WeakMap<WatchEvent, number>();
  const placeOf = (event: WatchEvent | undefined): number => (event === undefined ? 0 : places.get(event) ?? 0);
  const forget = (): void => { handlers.forget(stream); };
  stream.onLost?.addEventListener('abort', forget, { once: true });
  const leave = serving?.follow(stream);
  let origin: Origin = { stream, before: last };
  /** Set while stdout is full: resolves once it takes more. */
  let full: Promise<void> | undefined;
  // What `show` does for a notification, if there is nothing in it to wait for.
  stream.passTo?.((arrived) => {
    if (arrived.type !== 'notification' || full !== undefined || handlers.any || isNextTheLast()) return false;
    const event = dressed(arrived);
    full = presenter.event(event, origin)?.then(() => { full = undefined; });
    tally.note(event);
    // An error is thrown where `full` is awaited.
    full?.catch(() => undefined);
    serving?.event(event);
    onEvent?.(event);
    return true;
  });
  try {
    for await (const event of stream.events) {
      if (full !== undefined) await full;
      const shown = await show(dressed(event), origin);
      if (shown && event.type === 'change') {
        places.set(event, placeOf(last) + 1);
        last = event;
        origin = { stream, before: last };
      }
      if (isMet()) return false;
    }
    return true;
  } catch (error) {
    onFailure(error);
    throw error;
  } finally {
    try {
      await full;
      await handlers.drain(stream);
      if (last !== undefined && stream.onLost?.aborted !== true && await flushed()) {
        // If a round is cut short, what was taken and has been handled is not reported again by the next run.
        const settled = [presenter.takenUpTo(stream, last), ...handlers.doneUpTo(stream, last)].reduce((one, other) => (placeOf(one) <= placeOf(other) ? one : other));
        if (settled !== undefined) await stream.settle(settled);
      }
    } finally {
      stream.onLost?.removeEventListener('abort', forget);
      leave?.();
      await stream.close();
    }
  }
}
