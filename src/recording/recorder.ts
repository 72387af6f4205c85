import { toError, WatchError } from '../errors.ts';
import type { Origin, WatchEvent } from '../events.ts';
import { HIGH_WATER, HIGH_WATER_SIZE } from '../lib/bounded-queue.ts';
import { Stopwatch } from '../lib/deadline.ts';
import { Waiters } from '../lib/waiters.ts';
import type { Clock } from '../surroundings.ts';
import type { RotatingFile } from './rotating-file.ts';

/** About how much is written at once, in bytes. */
const BATCH_BYTES = 64 * 1024;
/** How long a failure may last, in milliseconds: a full disk, a share that is unreachable. */
const PATIENCE_MS = 60_000;
const RETRY_MS = 1_000;
/** How long writing what has arrived may still take when the watch ends, in milliseconds. */
const LAST_WRITES_MS = 2_000;

export interface RecorderOptions {
  file: Pick<RotatingFile, 'room' | 'append' | 'close'>;
  /** The file's name in messages. */
  path: string;
  clock: Clock;
  /** Ends everything, a moment after it is aborted. */
  signal: AbortSignal;
  /** Called when nothing can be written any longer, and with `undefined` when it can again. */
  onTrouble: (reason: string | undefined) => void;
}

interface Pending {
  bytes: Buffer;
  origin: Origin | undefined;
  /** Whether it is a change or a notification. */
  counts: boolean;
}

type Entry = Pending | { commit: () => Promise<void>; stream: object | undefined };

/**
 * Recorder writes records to a file as they come. A position moves only past what is in the file. If nothing can be written,
 * records wait in memory, up to a limit, and then the watch waits; after a minute, the watch ends: a recording with unnoticed
 * holes would be worse than none.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #failure = new AbortController();
  /** Aborted when nothing is written any longer. */
  readonly #over = new AbortController();
  #entries: Entry[] = [];
  #size = 0;
  #working = false;
  #closed = false;
  readonly #waiters = new Waiters();

  constructor(options: RecorderOptions) {
    this.#options = options;
    const end = (): void => {
      void options.clock.sleep(LAST_WRITES_MS, this.#over.signal).then(() => { this.#end(); });
    };
    options.signal.addEventListener('abort', end, { once: true });
    if (options.signal.aborted) end();
  }

  /** Aborted when everything has to end; its reason is the error to end with. */
  get failed(): AbortSignal {
    return this.#failure.signal;
  }

  /** How many changes and notifications have not been written. */
  get undone(): number {
    return this.#entries.filter((entry) => 'counts' in entry && entry.counts).length;
  }

  /** Accepts a record, a whole line; resolves when the next may come. */
  async add(line: string, { origin, counts }: Omit<Pending, 'bytes'>): Promise<void> {
    const bytes = Buffer.from(line);
    this.#size += bytes.length;
    this.#put({ bytes, origin, counts });
    await this.#room();
  }

  /** `commit` is called once everything added before has been written. */
  async checkpoint(commit: () => Promise<void>, stream?: object): Promise<void> {
    this.#put({ commit, stream });
    await this.#room();
  }

  /** `forget` drops the checkpoints of a stream. Its records stay: they have been shown, too. */
  forget(stream: object): void {
    this.#entries = this.#entries.filter((entry, index) => index === 0 || !('commit' in entry) || entry.stream !== stream);
  }

  /** Resolves when everything has been written, or no longer will be. */
  async drain(): Promise<void> {
    while (this.#working && !this.#over.signal.aborted) await this.#waiters.next();
  }

  /** Returns, for a stream whose last change was this one, the last change up to which everything has been written. */
  doneUpTo(stream: object, last: WatchEvent): WatchEvent | undefined {
    const first = this.#entries.find((entry): entry is Pending => 'origin' in entry && entry.origin?.stream === stream);
    return first === undefined ? last : first.origin?.before;
  }

  /** Closes the file: waiting records are not written any more. Does not wait for a write under way. */
  async close(): Promise<void> {
    this.#end();
    this.#closed = true;
    if (!this.#working) await this.#options.file.close();
  }

  async #room(): Promise<void> {
    const isFull = (): boolean => this.#entries.length >= HIGH_WATER || this.#size >= HIGH_WATER_SIZE;
    while (isFull() && !this.#over.signal.aborted && !this.#options.signal.aborted) await this.#waiters.next();
  }

  #put(entry: Entry): void {
    this.#entries.push(entry);
    if (this.#working || this.#over.signal.aborted) return;
    this.#working = true;
    void this.#work();
  }

  async #work(): Promise<void> {
    try {
      for (let [entry] = this.#entries; entry !== undefined && !this.#over.signal.aborted; [entry] = this.#entries) {
        const taken = 'commit' in entry ? await entry.commit().then(() => 1) : await this.#write();
        for (const done of this.#entries.splice(0, taken)) if ('bytes' in done) this.#size -= done.bytes.length;
        this.#waiters.wake();
      }
    } catch (error) {
      this.#failure.abort(toError(error));
      this.#end();
    } finally {
      this.#working = false;
      if (this.#closed) await this.#options.file.close();
      this.#waiters.wake();
    }
  }

  /** Writes the next records, as many as fit; returns how many: 0 if everything has ended before that. */
  async #write(): Promise<number> {
    const { file, path, clock, onTrouble } = this.#options;
    const time = new Stopwatch(clock.now);
    let batch: Buffer[] | undefined;
    for (let failures = 0; !this.#over.signal.aborted; failures += 1) {
      try {
        // After a failure, the same ones again: some of their bytes may be in the file.
        batch ??= this.#batch(await file.room());
        await file.append(Buffer.concat(batch));
        if (failures > 0) onTrouble(undefined);
        return batch.length;
      } catch (error) {
        const { message } = toError(error);
        if (time.elapsedMs >= PATIENCE_MS || error instanceof WatchError) throw refusal(path, error);
        if (failures === 0 && !this.#options.signal.aborted) onTrouble(message);
        await clock.sleep(RETRY_MS, this.#over.signal);
      }
    }
    return 0;
  }

  /** The next records that fit into this many bytes; one at least. */
  #batch(room: number): Buffer[] {
    const batch: Buffer[] = [];
    let size = 0;
    for (const entry of this.#entries) {
      if (!('bytes' in entry)) break;
      size += entry.bytes.length;
      if (batch.length > 0 && size > Math.min(room, BATCH_BYTES)) break;
      batch.push(entry.bytes);
    }
    return batch;
  }

  #end(): void {
    this.#over.abort();
    this.#waiters.wake();
  }
}

function refusal(path: string, error: unknown): WatchError {
  if (error instanceof WatchError) return error;
  return new WatchError('internal', `The recording ${path} could not be written for a minute: ${toError(error).message}.`, {
    cause: error, hint: 'Is its disk full? The watch has ended rather than leave an unnoticed hole in the recording.',
  });
}
