import { toError } from '../errors.ts';

/** `aborted` resolves when the signal is aborted. Only for the signal of one wait: on a longer-lived one, each wait would leave a listener behind. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => { resolve(); }, { once: true });
  });
}

/** The reason where nobody asks for one: without any, Node would make an error with a stack each time. */
const LINKED_END = new Error('over');

/** Linked is a signal that aborts with others, or when `abort` is called. */
export class Linked {
  readonly #sources: readonly AbortSignal[];
  readonly #controller = new AbortController();

  constructor(sources: readonly AbortSignal[]) {
    this.#sources = sources;
    for (const source of sources) source.addEventListener('abort', this);
    if (sources.some(({ aborted }) => aborted)) this.handleEvent();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(): void {
    this.#controller.abort(LINKED_END);
  }

  /** `release` removes its listeners from the others. Call it once the signal is not needed any longer. */
  release(): void {
    for (const source of this.#sources) source.removeEventListener('abort', this);
  }

  /** Called when one of the others aborts. */
  handleEvent(): void {
    this.release();
    this.#controller.abort(this.#sources.find(({ aborted }) => aborted)?.reason);
  }
}

/**
 * `linked` creates a signal that aborts with the first of these, until it is released. For what happens repeatedly
 * under a signal that lives as long as the process: `AbortSignal.any` leaves a trace in that one each
 * time, up to Node 22 for good.
 */
export function linked(...sources: readonly AbortSignal[]): Linked {
  return new Linked(sources);
}

/** `unlessAborted` resolves with what the promise resolves with, or with `undefined` as soon as the signal is aborted. Leaves no listener on the signal. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  let stop: () => void = () => undefined;
  const stopped = new Promise<undefined>((resolve) => {
    stop = () => { resolve(undefined); };
  });
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await Promise.race([promise, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** `rejectWhenAborted` settles as the promise does; rejects with the signal's reason as soon as that is aborted. Leaves no listener on the signal. */
export function rejectWhenAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => { reject(toError(signal.reason)); };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    promise.then(resolve, reject).finally(() => { signal.removeEventListener('abort', abort); });
  });
}
