import { setMaxListeners } from 'node:events';
import { WatchError, toError } from '../errors.ts';
import type { EventSource, Origin, WatchEvent } from '../events.ts';
import { unlessAborted } from '../lib/abort.ts';
import { HIGH_WATER, HIGH_WATER_SIZE } from '../lib/bounded-queue.ts';
import { Waiters } from '../lib/waiters.ts';
import type { Clock } from '../surroundings.ts';
import { Unpublishable, type Broker } from './broker.ts';
import type { Message } from './message.ts';

/** How long publishing what has arrived may still take when the watch ends, in milliseconds. */
const LAST_PUBLISHES_MS = 2_000;
const RETRY_BASE_MS = 500;
const RETRY_CAP_MS = 30_000;

export interface PublisherOptions {
  /** Connects to the broker; called again as long as it fails with a temporary error. */
  open: () => Promise<Broker>;
  clock: Clock;
  /** Ends everything, a moment after it is aborted. */
  signal: AbortSignal;
  /** Called when messages can no longer be published, and with `undefined` when they can again. */
  onTrouble: (reason: string | undefined) => void;
  /** Called with each message that the broker will never accept. */
  onLost: (message: Message, reason: string) => void;
}

interface Pending {
  message: Message;
  origin: Origin | undefined;
  place: number;
}

interface Checkpoint {
  commit: () => Promise<void>;
  stream: EventSource | undefined;
}

type Entry = Pending | Checkpoint;

/** Lane is the queue of one target. Its messages are sent one after the other, so that no failure can change their order. */
interface Lane {
  entries: Entry[];
  working: boolean;
}

/**
 * Publisher sends messages to a broker: those of one target in order, each once the one before it is acknowledged; those
 * of different targets side by side. A checkpoint waits in its target's lane, so that a position moves only past what the
 * broker has stored. While the broker is unreachable, messages wait in memory up to a limit, and then the stream waits.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #failure = new AbortController();
  /** Aborted when nothing is sent any longer. */
  readonly #over = new AbortController();
  #broker: Promise<Broker> | undefined;
  #opened: Broker | undefined;
  #count = 0;
  #size = 0;
  #added = 0;
  #troubled = false;
  readonly #waiters = new Waiters();

  constructor(options: PublisherOptions) {
    this.#options = options;
    // One listener per lane; Node would take more than ten for a leak.
    setMaxListeners(0, this.#over.signal);
    const end = (): void => {
      void options.clock.sleep(LAST_PUBLISHES_MS, this.#over.signal).then(() => { this.#end(); });
    };
    options.signal.addEventListener('abort', end, { once: true });
    if (options.signal.aborted) end();
  }

  /** Aborted when everything has to end; its reason is the error to end with. */
  get failed(): AbortSignal {
    return this.#failure.signal;
  }

  /** How many messages have not been acknowledged. */
  get undone(): number {
    return this.#count;
  }

  /** Starts to connect, so that the first message need not wait for the connection. */
  start(): void {
    void this.#connected().catch(() => undefined);
  }

  /** Resolves when the next message may come: normally at once, or, if too much is waiting, once there is room. */
  async add(target: string, message: Message, origin?: Origin): Promise<void> {
    this.#count += 1;
    this.#size += message.body.length;
    this.#put(target, { message, origin, place: (this.#added += 1) });
    await this.#room();
  }

  /** `commit` is called once everything added before for this target is acknowledged. */
  async checkpoint(target: string, commit: () => Promise<void>, stream?: EventSource): Promise<void> {
    this.#put(target, { commit, stream });
    await this.#room();
  }

  /** Resolves when everything (of one stream, if given) is acknowledged, or when the publisher has ended before that. */
  async drain(stream?: EventSource): Promise<void> {
    while (this.#isWorkingFor(stream) && !this.#over.signal.aborted) await this.#waiters.next();
  }

  /** `forget` drops a stream's waiting messages. One that was sent and has not been acknowledged may still be stored. */
  forget(stream: EventSource): void {
    for (const lane of this.#lanes.values()) {
      const dropped = lane.entries.filter((entry) => streamOf(entry) === stream);
      if (dropped.length === 0) continue;
      lane.entries = lane.entries.filter((entry) => !dropped.includes(entry));
      for (const entry of dropped) if ('message' in entry) this.#forget(entry.message);
    }
    this.#waiters.wake();
  }

  /** Returns, for a stream whose last change was this one, the last change up to which everything is acknowledged. */
  doneUpTo(stream: object, last: WatchEvent | undefined): WatchEvent | undefined {
    const [first] = [...this.#lanes.values()].flatMap(({ entries }) => entries).filter((entry): entry is Pending => 'message' in entry && entry.origin?.stream === stream)
      .sort((one, other) => one.place - other.place);
    return first === undefined ? last : first.origin?.before;
  }

  /** Closes the connection; unacknowledged messages stay so. A connection that is still being made is closed later, without waiting for it. */
  async close(): Promise<void> {
    this.#end();
    const opened = this.#opened;
    if (opened !== undefined) await opened.close();
    else void this.#broker?.then((broker) => broker.close()).catch(() => undefined);
  }

  #isWorkingFor(stream: EventSource | undefined): boolean {
    return [...this.#lanes.values()].some(({ working, entries }) => (stream === undefined ? working : entries.some((entry) => streamOf(entry) === stream)));
  }

  get #isFull(): boolean {
    return this.#count >= HIGH_WATER || this.#size >= HIGH_WATER_SIZE;
  }

  async #room(): Promise<void> {
    while (this.#isFull && !this.#over.signal.aborted && !this.#options.signal.aborted) await this.#waiters.next();
  }

  #put(target: string, entry: Entry): void {
    const lane = this.#lanes.get(target) ?? { entries: [], working: false };
    this.#lanes.set(target, lane);
    lane.entries.push(entry);
    if (lane.working || this.#over.signal.aborted) return;
    lane.working = true;
    void this.#work(target, lane);
  }

  async #work(target: string, lane: Lane): Promise<void> {
    try {
      for (let [entry] = lane.entries; entry !== undefined && !this.#over.signal.aborted; [entry] = lane.entries) {
        const isWanted = (): boolean => lane.entries[0] === entry;
        if ('commit' in entry) await entry.commit();
        else if (!(await this.#deliver(entry, isWanted))) return;
        // The message may have been forgotten meanwhile.
        if (lane.entries[0] === entry) {
          lane.entries.shift();
          if ('message' in entry) this.#forget(entry.message);
        }
        this.#waiters.wake();
      }
    } catch (error) {
      this.#failure.abort(toError(error));
      this.#end();
    } finally {
      lane.working = false;
      if (lane.entries.length === 0) this.#lanes.delete(target);
      this.#waiters.wake();
    }
  }

  #forget({ body }: Message): void {
    this.#count -= 1;
    this.#size -= body.length;
  }

  /** Tries to deliver a message. Returns true once the broker has it, has refused it for good, or no longer needs it; false if the publisher ended first. */
  async #deliver({ message, origin }: Pending, isWanted: () => boolean): Promise<boolean> {
    for (let failures = 0; !this.#over.signal.aborted; failures += 1) {
      try {
        const sent = await unlessAborted(this.#send(message, origin?.stream, isWanted).then(() => true), this.#over.signal);
        if (sent !== true) return false;
        if (isWanted()) this.#recovered();
        return true;
      } catch (error) {
        if (error instanceof WatchError) throw error;
        if (error instanceof Unpublishable) {
          this.#options.onLost(message, error.message);
          return true;
        }
        await this.#pauseAfter(error, failures);
      }
    }
    return false;
  }

  async #send(message: Message, stream: EventSource | undefined, isWanted: () => boolean): Promise<void> {
    const broker = await this.#connected();
    if (!broker.isConnected) this.#noteTrouble('the connection was lost');
    await broker.connected();
    // Checked last: the wait may have been long, or the process asleep.
    const held = stream?.held !== false || await stream.untilHeld?.() === true;
    if (held && isWanted()) await broker.publish(message);
  }

  /** One connection for all lanes. */
  #connected(): Promise<Broker> {
    this.#broker ??= this.#open().then((broker) => (this.#opened = broker)).catch((error: unknown) => {
      this.#broker = undefined;
      throw error;
    });
    return this.#broker;
  }

  async #open(): Promise<Broker> {
    for (let failures = 0; ; failures += 1) {
      try {
        return await this.#options.open();
      } catch (error) {
        if (error instanceof WatchError) {
          this.#failure.abort(error);
          this.#end();
          throw error;
        }
        await this.#pauseAfter(error, failures);
        this.#over.signal.throwIfAborted();
      }
    }
  }

  async #pauseAfter(error: unknown, failures: number): Promise<void> {
    this.#noteTrouble(toError(error).message);
    await this.#options.clock.sleep(Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** Math.min(failures, 10)), this.#over.signal);
  }

  /** Reported once, until messages get through again. */
  #noteTrouble(reason: string): void {
    if (this.#troubled || this.#over.signal.aborted) return;
    this.#troubled = true;
    this.#options.onTrouble(reason);
  }

  #recovered(): void {
    if (!this.#troubled) return;
    this.#troubled = false;
    this.#options.onTrouble(undefined);
  }

  #end(): void {
    this.#over.abort();
    this.#waiters.wake();
  }
}

function streamOf(entry: Entry): EventSource | undefined {
  return 'commit' in entry ? entry.stream : entry.origin?.stream;
}
