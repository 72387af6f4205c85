import { rejectWhenAborted } from '../lib/abort.ts';

/**
 * SharedWork is work whose result many may wait for at the same time. It continues as long as one of them waits: an
 * aborted caller stops waiting without disturbing the others, and only the last one to leave ends the work.
 */
export class SharedWork<T> {
  #running: { result: Promise<T>; waiting: number; stop: AbortController } | undefined;

  /** Resolves with the result of the work that is under way, or else of this one. Rejects with the signal's reason once that is aborted. */
  async join(work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const running = (this.#running ??= this.#start(work));
    running.waiting += 1;
    try {
      return await (signal === undefined ? running.result : rejectWhenAborted(running.result, signal));
    } finally {
      running.waiting -= 1;
      if (running.waiting === 0 && this.#running === running) {
        // A new caller must not join work that is being ended.
        this.#running = undefined;
        running.stop.abort(signal?.reason);
      }
    }
  }

  #start(work: (signal: AbortSignal) => Promise<T>): { result: Promise<T>; waiting: number; stop: AbortController } {
    const stop = new AbortController();
    const result = work(stop.signal).finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    // When all have left, nobody handles how it ended.
    result.catch(() => undefined);
    const running = { result, waiting: 0, stop };
    return running;
  }
}
