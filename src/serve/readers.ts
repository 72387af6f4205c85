import type { ServerResponse } from 'node:http';
import type { Clock } from '../surroundings.ts';
import type { EventsQuery } from './events-query.ts';
import type { RecentEvent, RecentEvents } from './recent-events.ts';

/** A comment is sent this often, so that proxies and readers see that the connection lives. In milliseconds. */
const HEARTBEAT_MS = 15_000;
/** A reader that has taken nothing for this many heartbeats is disconnected. */
const PATIENCE = 4;
/** At most this many remembered events are looked at in one go: a filter takes its time, and the watch goes first. */
const AT_ONCE = 500;
/** Roughly how much is written in one go, in characters. */
const WRITE_LENGTH = 64 * 1024;
/** What a browser's EventSource waits before it connects again, in milliseconds. */
const RETRY_MS = 2_000;

export interface ReadersOptions {
  recent: RecentEvents;
  clock: Clock;
  /** How many there may be. */
  most: number;
  /** Ends the heartbeat. */
  signal: AbortSignal;
}

/**
 * Readers are those who read `/events`. Each is a place among the recent events: nothing is kept for a slow one but what its
 * connection holds already. One that falls behind what is remembered is told how much it has missed.
 */
export class Readers {
  readonly #options: ReadersOptions;
  readonly #readers = new Set<Reader>();
  #scheduled = false;

  constructor(options: ReadersOptions) {
    this.#options = options;
    void this.#beat();
  }

  get count(): number {
    return this.#readers.size;
  }

  get isFull(): boolean {
    return this.count >= this.#options.most;
  }

  /** `add` sends events until the reader goes, over a response whose head is written. */
  add(response: ServerResponse, query: EventsQuery): void {
    const reader = new Reader(response, this.#options.recent, query);
    this.#readers.add(reader);
    response.on('close', () => { this.#readers.delete(reader); });
    reader.start();
  }

  /** To be called when there is another event. */
  wake(): void {
    if (this.#scheduled || this.#readers.size === 0) return;
    this.#scheduled = true;
    // Events come in bursts: one write for many of them.
    setImmediate(() => {
      this.#scheduled = false;
      for (const reader of this.#readers) reader.pump();
    });
  }

  /** `close` says goodbye to each. */
  close(reason: string): void {
    for (const reader of this.#readers) reader.close(reason);
  }

  async #beat(): Promise<void> {
    const { clock, signal } = this.#options;
    while (true) {
      await clock.sleep(HEARTBEAT_MS, signal);
      if (signal.aborted) return;
      for (const reader of this.#readers) reader.beat();
    }
  }
}

class Reader {
  readonly #response: ServerResponse;
  readonly #recent: RecentEvents;
  readonly #query: EventsQuery;
  /** The place of the next event to look at. */
  #place: number;
  /** The time of the last event that was looked at. */
  #lookedAt: number | undefined;
  /** For how many heartbeats nothing was taken. */
  #stuck = 0;
  #resting = false;
  #closed = false;

  constructor(response: ServerResponse, recent: RecentEvents, query: EventsQuery) {
    this.#response = response;
    this.#recent = recent;
    this.#query = query;
    this.#place = recent.end;
    response.on('drain', () => {
      this.#stuck = 0;
      this.pump();
    });
  }

  start(): void {
    const { lastEventId, recent: wanted } = this.#query;
    const { oldest, end } = this.#recent;
    const found = lastEventId === undefined ? undefined : this.#recent.find(lastEventId);
    if (found !== undefined) this.#place = found + 1;
    else this.#place = lastEventId === undefined ? Math.max(oldest, end - wanted) : oldest;
    const unknown = lastEventId !== undefined && found === undefined;
    this.#response.write(`retry: ${RETRY_MS}\n\n${unknown ? missed({ reason: 'unknown-id', to: this.#recent.at(oldest)?.event.time }) : ''}`);
    this.pump();
  }

  /** Sends what there is, as far as the connection takes it. */
  pump(): void {
    while (!this.#closed && !this.#resting && this.#place < this.#recent.end && !this.#response.writableNeedDrain) {
      const text = this.#next();
      if (text !== '') this.#response.write(text);
    }
  }

  beat(): void {
    if (!this.#response.writableNeedDrain) {
      this.#response.write(': heartbeat\n\n');
      return;
    }
    this.#stuck += 1;
    if (this.#stuck > PATIENCE) this.#response.destroy();
  }

  close(reason: string): void {
    this.pump();
    this.#closed = true;
    this.#response.end(message('closing', { type: 'closing', reason }));
  }

  /** The next events that pass, about as much as one write should have. */
  #next(): string {
    const { end, oldest } = this.#recent;
    let text = '';
    if (this.#place < oldest) {
      text += missed({ reason: 'slow', count: oldest - this.#place, from: this.#lookedAt, to: this.#recent.at(oldest)?.event.time });
      this.#place = oldest;
    }
    const until = Math.min(end, this.#place + AT_ONCE);
    for (; this.#place < until && text.length < WRITE_LENGTH; this.#place += 1) {
      const next = this.#recent.at(this.#place);
      if (next === undefined) continue;
      this.#lookedAt = next.event.time;
      if (this.#query.passes(next.event)) text += this.#textOf(next);
    }
    // The rest comes after whatever else waits for its turn.
    if (this.#place === until && until < end) {
      this.#resting = true;
      setImmediate(() => {
        this.#resting = false;
        this.pump();
      });
    }
    return text;
  }

  /** One `data` line is enough: a record has no line breaks. */
  #textOf(recent: RecentEvent): string {
    return `id: ${recent.id}\ndata: ${this.#query.format === 'cloudevents' ? recent.cloudEvent : recent.record}\n\n`;
  }
}

/** What was missed: times in milliseconds since the epoch. */
function missed({ from, to, ...rest }: { reason: string; count?: number; from?: number | undefined; to?: number | undefined }): string {
  const asText = (time: number | undefined): string | undefined => (time === undefined ? undefined : new Date(time).toISOString());
  return message('missed', { type: 'missed', ...rest, from: asText(from), to: asText(to) });
}

/** What the stream says about itself. */
function message(event: string, data: Readonly<Record<string, unknown>>): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
