import type { EventSource, Origin, WatchEvent } from '../events.ts';

/** Handler does something with each event besides printing it, and holds the position back until it is done. */
export interface Handler {
  /** Aborted when the watch has to end; its reason is the error to end with. */
  readonly failed: AbortSignal;
  /** How many events have not been handled. */
  readonly undone: number;
  /** Takes an event; resolves when the next one may come. */
  add(event: WatchEvent, origin: Origin | undefined): Promise<void>;
  /** `commit` is called once everything before the checkpoint has been handled. */
  checkpoint(event: WatchEvent & { type: 'checkpoint' }, commit: () => Promise<void>, stream?: EventSource): Promise<void>;
  /** Resolves when everything, or at least everything of this stream, has been handled, or no longer will be. */
  drain(stream?: EventSource): Promise<void>;
  /** Drops what waits of a stream. */
  forget(stream: EventSource): void;
  /** Returns, for a stream whose last change was this one, the last change up to which everything has been handled. */
  doneUpTo(stream: object, last: WatchEvent): WatchEvent | undefined;
  /** Ends what the handler keeps open. */
  close(): Promise<void>;
}

/** Handlers is several handlers as one: an event is handled once all of them have handled it. */
export interface Handlers extends Omit<Handler, 'doneUpTo'> {
  /** Whether there is any: notifications come in bursts, and no wait should be for nothing. */
  readonly any: boolean;
  /** That of each handler. */
  doneUpTo(stream: object, last: WatchEvent): (WatchEvent | undefined)[];
}

/** `allOf` combines handlers. */
export function allOf(handlers: readonly Handler[]): Handlers {
  return {
    any: handlers.length > 0,
    failed: AbortSignal.any(handlers.map(({ failed }) => failed)),
    get undone() {
      return Math.max(0, ...handlers.map(({ undone }) => undone));
    },
    add: async (event, origin) => {
      for (const handler of handlers) await handler.add(event, origin);
    },
    checkpoint: (event, commit, stream) => handlers.reduceRight<() => Promise<void>>((next, handler) => () => handler.checkpoint(event, next, stream), commit)(),
    drain: async (stream) => { await Promise.all(handlers.map((handler) => handler.drain(stream))); },
    forget: (stream) => { for (const handler of handlers) handler.forget(stream); },
    doneUpTo: (stream, last) => handlers.map((handler) => handler.doneUpTo(stream, last)),
    close: async () => { await Promise.all(handlers.map((handler) => handler.close())); },
  };
}
