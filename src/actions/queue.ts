import { linked, unlessAborted } from '../lib/abort.ts';
import { HIGH_WATER, HIGH_WATER_SIZE } from '../lib/bounded-queue.ts';
import { Waiters } from '../lib/waiters.ts';
import type { WatchError } from '../errors.ts';
import { toError } from '../errors.ts';
import type { EventSource, Origin, WatchEvent } from '../events.ts';
import type { Clock } from '../surroundings.ts';
import type { Act, ActionEvent, ActionFailure, ActionItem } from './action.ts';
import { coalesced, type Entry, type Pending } from './coalesce.ts';

export interface QueueOptions {
  act: Act;
  clock: Clock;
  /** What to do with events that arrive while the action runs. */
  onBusy: 'queue' | 'drop';
  /** Run for all waiting events at once, instead of one after the other. */
  batch: boolean;
  /** Wait for a pause this long; of several events about one item only the last is passed on. */
  debounceMs: number | undefined;
  /** Ends everything: a running action within seconds, what waits is not run. */
  signal: AbortSignal;
  /** Called with each failure of an action. If it returns an error (`--fail-fast`), everything ends. */
  onFailure: (failure: ActionFailure) => WatchError | undefined;
  /** Called after a run with how many events were dropped meanwhile, and the last of them. */
  onDropped: (count: number, last: ActionEvent) => void;
}

/** Events wait here in memory: beyond so many, or beyond `HIGH_WATER_SIZE` characters of JSON, the stream has to wait. */
export const QUEUE_LIMIT = HIGH_WATER;
/** If a drive is never quiet for as long as `--debounce` says, wait at most this many times as long. */
const LONGEST_DEBOUNCE = 10;

/**
 * ActionQueue passes events to an action, one run at a time, in order. A checkpoint waits in the same queue: it is
 * committed once everything before it has been handled, so that what was not run is reported again by the next
 * watch. A failed run that does not end the watch counts as handled too. Nothing is run for a stream that another
 * process may be reporting.
 */
export class ActionQueue {
  readonly #options: QueueOptions;
  readonly #failure = new AbortController();
  #waiting: Entry[] = [];
  /** How many characters of JSON wait. */
  #size = 0;
  #working = false;
  /** What the action runs for, or ran for when everything ended, and did not finish. */
  #running: Pending[] = [];
  #added = 0;
  /** How many of the waiting events have waited long enough. */
  #due = 0;
  #dropped: { count: number; last: ActionEvent } | undefined;
  /** How many callers of `drain` are waiting: events need not wait for a pause any longer. */
  #hurried = 0;
  readonly #waiters = new Waiters();

  constructor(options: QueueOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', () => { this.#waiters.wake(); }, { once: true });
  }

  /** Aborted when everything has to end; its reason is the error to end with. */
  get failed(): AbortSignal {
    return this.#failure.signal;
  }

  /** How many events have not been processed. */
  get undone(): number {
    return this.#undone().length;
  }

  /**
   * Returns, for a stream whose last change was this one, the last change up to which everything has been handled in
   * order, for a watch that ends in the middle. A dropped event counts as handled, a replaced one when the event that
   * replaced it does.
   */
  doneUpTo(stream: object, last: WatchEvent | undefined): WatchEvent | undefined {
    const [first] = this.#undone().filter(({ origin }) => origin?.stream === stream).sort((one, other) => one.place - other.place);
    return first === undefined ? last : first.origin?.before;
  }

  /** Resolves when the next event may come: normally immediately, with a full queue when there is room. */
  async add(item: ActionItem, origin?: Origin): Promise<void> {
    const busy = this.#running.length > 0 || this.#due > 0;
    if (this.#options.onBusy === 'drop' && busy && !this.#isOver()) {
      this.#dropped = { count: (this.#dropped?.count ?? 0) + 1, last: item.event };
      return;
    }
    this.#waiting.push({ item, origin, place: (this.#added += 1) });
    this.#size += item.json.length;
    if (this.#isOver()) return;
    this.#start();
    this.#waiters.wake();
    await this.#room();
  }

  /** `commit` is called once everything added before has been handled. Resolves when the next may come, as `add` does. */
  async checkpoint(commit: () => Promise<void>, stream?: EventSource): Promise<void> {
    this.#waiting.push({ commit, stream });
    this.#start();
    await this.#room();
  }

  /**
   * Runs what is still waiting, without waiting for a pause. Resolves when everything added before has been handled,
   * or when everything has ended before that: see `undone` and `doneUpTo`.
   */
  async drain(): Promise<void> {
    const mark = { reached: false };
    this.#waiting.push({
      commit: () => {
        mark.reached = true;
        return Promise.resolve();
      },
    });
    this.#hurried += 1;
    this.#waiters.wake();
    this.#start();
    while (!mark.reached && (this.#working || !this.#isOver())) await this.#waiters.next();
    this.#hurried -= 1;
  }

  /** `forget` drops whatever of a stream is still waiting. */
  forget(stream: EventSource): void {
    this.#setWaiting(this.#waiting.filter((entry) => ('item' in entry ? entry.origin?.stream : entry.stream) !== stream));
    this.#due = Math.min(this.#due, this.#waiting.filter((entry) => 'item' in entry).length);
    this.#waiters.wake();
  }

  #undone(): Pending[] {
    return [...this.#running, ...this.#waiting.filter((entry) => 'item' in entry)];
  }

  #isOver(): boolean {
    return this.#options.signal.aborted || this.#failure.signal.aborted;
  }

  async #room(): Promise<void> {
    while (this.#isFull() && !this.#isOver()) await this.#waiters.next();
  }

  #isFull(): boolean {
    return this.#waiting.length >= QUEUE_LIMIT || this.#size >= HIGH_WATER_SIZE;
  }

  #setWaiting(entries: Entry[]): void {
    this.#waiting = entries;
    this.#size = entries.reduce((size, entry) => size + ('item' in entry ? entry.item.json.length : 0), 0);
  }

  #start(): void {
    if (this.#working) return;
    this.#working = true;
    void this.#work();
  }

  async #work(): Promise<void> {
    try {
      while (this.#waiting.length > 0 && !this.#isOver()) {
        const [entry] = this.#waiting;
        if (entry !== undefined && 'commit' in entry) {
          this.#waiting.shift();
          await entry.commit();
          this.#waiters.wake();
          continue;
        }
        // Without a pause to wait for, the action runs before anything else can come.
        if (this.#due === 0 && this.#options.debounceMs !== undefined) await this.#gather(this.#options.debounceMs);
        const taken = this.#next();
        // All that was waiting may have been forgotten during the pause.
        if (this.#isOver() || taken.length === 0) continue;
        // Checked last, before each run: the pause may have been long, or the process asleep.
        const unsure = taken.find(({ origin }) => origin?.stream.held === false)?.origin?.stream;
        if (unsure === undefined) await this.#run(taken);
        else await this.#untilHeld(unsure);
      }
    } catch (error) {
      this.#failure.abort(toError(error));
    } finally {
      this.#working = false;
      this.#waiters.wake();
    }
  }

  /** Waits for the pause that was asked for, as long as that makes sense; what has gathered by then is due. */
  async #gather(debounceMs: number): Promise<void> {
    const { clock, signal } = this.#options;
    const until = clock.now() + LONGEST_DEBOUNCE * debounceMs;
    let quiet = false;
    while (!quiet && this.#hurried === 0 && !this.#isOver() && clock.now() < until && !this.#isFull()) {
      const stop = new AbortController();
      const either = linked(stop.signal, signal);
      const pause = clock.sleep(Math.min(debounceMs, until - clock.now()), either.signal).then(() => true);
      quiet = await Promise.race([pause, this.#waiters.next().then(() => false)]);
      stop.abort();
      either.release();
    }
    this.#setWaiting(coalesced(this.#waiting));
    this.#due = this.#waiting.filter((entry) => 'item' in entry).length;
  }

  /** Waits until a stream's events may be acted on, or drops them if they never may. */
  async #untilHeld(stream: EventSource): Promise<void> {
    // Nothing runs meanwhile: what comes is not dropped, and belongs to the same pause.
    this.#due = 0;
    const held = await unlessAborted(stream.untilHeld?.() ?? Promise.resolve(false), this.#options.signal);
    if (held === false) this.forget(stream);
  }

  /** What the next run is for: the first event, or with `batch` all that wait. */
  #next(): Pending[] {
    const events = this.#waiting.filter((entry) => 'item' in entry);
    return this.#options.batch ? events : events.slice(0, 1);
  }

  /** One run. Checkpoints stay after what they cover. */
  async #run(taken: Pending[]): Promise<void> {
    const { act, signal, onFailure, onDropped } = this.#options;
    const leaving = new Set<Entry>(taken);
    this.#setWaiting(this.#waiting.filter((entry) => !leaving.has(entry)));
    this.#due = Math.max(0, this.#due - taken.length);
    this.#running = taken;
    this.#waiters.wake();
    const over = linked(signal, this.#failure.signal);
    const failure = await act(taken.map(({ item }) => item), over.signal);
    over.release();
    const error = failure === undefined || this.#isOver() ? undefined : onFailure(failure);
    if (error !== undefined) this.#failure.abort(error);
    // What failed because everything ended, or ended everything, is left for the next watch.
    if (failure === undefined || !this.#isOver()) this.#running = [];
    if (this.#dropped !== undefined) onDropped(this.#dropped.count, this.#dropped.last);
    this.#dropped = undefined;
  }
}
