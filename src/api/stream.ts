/** EventStream is the events of one watch, for one `for await`. Nothing is sent until you ask for the first event. */
export interface EventStream<Event> {
  /** Returns the stream itself. */
  [Symbol.asyncIterator](): EventStream<Event>;
  /**
   * Resolves with the next event; `done` once the stream is closed, or with `once` when everything has been reported. Rejects with a
   * `WatchError`, or with the reason of the option `signal` once that is aborted; after that the stream is closed.
   */
  next(): Promise<IteratorResult<Event, undefined>>;
  /** Closes the stream, as `close` does; `for await` calls it when it is left early. */
  return(): Promise<IteratorResult<Event, undefined>>;
  /**
   * Acknowledges this event and all before it: the position may move past them. Resolves once it has, as far as it can: it moves at the
   * end of a round of changes, and when the stream is closed. Until then, a watch may hold back further events, so never wait for another
   * one before you acknowledge this one. Rejects if the position cannot be stored, which ends the stream too. Throws a usage error for what is not an event of this
   * stream, and once the stream is closed.
   */
  ack(event: Event): Promise<void>;
  /** Ends the watch. Resolves once its position is stored and every socket, timer and file is closed; a pending `next` then resolves as done. */
  close(): Promise<void>;
  /** Closes the stream at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}
