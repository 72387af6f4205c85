import type { ServerResponse } from 'node:http';
import type { Clock } from '../surroundings.ts';
import type { EventsQuery } from './events-query.ts';
import type { RecentEvent, RecentEvents } from './recent-events.ts';

/** How often a comment is sent, in milliseconds, so that proxies and readers see that the connection is alive. */
const HEARTBEAT_MS = 15_000;
/** A reader that has read nothing for this many heartbeats is disconnected. */
const PATIENCE = 4;
/** How many remembered events are checked in one go, at most. */
const AT_ONCE = 500;
/** Many readers with many filters could keep the process busy, and the watch goes first: after this time, in milliseconds, they rest for as long. */
const SLICE_MS = 5;
/** How long sending the rest to all readers may take when the watch ends, in milliseconds. */
const LAST_MS = 100;
/** Roughly how much is written in one go, in characters. */
const WRITE_LENGTH = 64 * 1024;
/** How long a browser's EventSource waits before it reconnects, in milliseconds. */
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
 * Readers are the clients that read `/events`. Each is a position in the recent events: for a slow one, nothing is kept except what its
 * connection already holds. One that falls behind what is remembered learns how much it has missed.
 */
export class Readers {
  readonly #options: ReadersOptions;
  readonly #readers = new Set<Reader>();
  /** Readers for which there may be something to send, in the order of their turns. */
  readonly #due = new Set<Reader>();
  /** Whether their next turn is already scheduled. */
  #isResting = false;

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

  /** `add` sends events until the reader disconnects, over a response whose head has been written. */
  add(response: ServerResponse, query: EventsQuery): void {
    const reader = new Reader(response, this.#options.recent, query);
    this.#readers.add(reader);
    response.on('close', () => {
      this.#readers.delete(reader);
      this.#due.delete(reader);
    });
    const turn = (): void => {
      this.#due.add(reader);
      this.#serve();
    };
    response.on('drain', turn);
    reader.start();
    turn();
  }

  /** Call it when there is another event. */
  wake(): void {
    for (const reader of this.#readers) this.#due.add(reader);
    // Events come in bursts, so many of them share one write.
    if (this.#due.size > 0) this.#serveLater(0);
  }

  /** `close` ends each reader's stream with the reason. */
  close(reason: string): void {
    const isOver = this.#timeLimit(LAST_MS);
    for (const reader of this.#readers) reader.close(reason, isOver);
  }

  /** Gives each reader a turn, until the time is up. */
  #serve(): void {
    if (this.#isResting) return;
    const { clock } = this.#options;
    const begun = clock.now();
    const isOver = this.#timeLimit(SLICE_MS);
    let turns = this.#due.size;
    for (const reader of this.#due) {
      if (turns === 0 || isOver()) break;
      turns -= 1;
      this.#due.delete(reader);
      reader.pump(isOver);
      if (reader.isBehind) this.#due.add(reader);
    }
    if (this.#due.size > 0) this.#serveLater(clock.now() - begun);
  }

  #serveLater(restMs: number): void {
    if (this.#isResting) return;
    this.#isResting = true;
    const next = (): void => {
      this.#isResting = false;
      this.#serve();
    };
    if (restMs > 0) void this.#options.clock.sleep(restMs, this.#options.signal).then(next);
    else setImmediate(next);
  }

  #timeLimit(ms: number): () => boolean {
    const { clock } = this.#options;
    const begun = clock.now();
    // A clock that was set back must not give them more time.
    return () => {
      const now = clock.now();
      return now - begun >= ms || now < begun;
    };
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
  /** The position of the next event to check. */
  #place: number;
  /** The time of the last event that was checked. */
  #lookedAt: number | undefined;
  /** For how many heartbeats nothing has been read. */
  #stuck = 0;
  #closed = false;

  constructor(response: ServerResponse, recent: RecentEvents, query: EventsQuery) {
    this.#response = response;
    this.#recent = recent;
    this.#query = query;
    this.#place = recent.end;
    response.on('drain', () => { this.#stuck = 0; });
  }

  start(): void {
    const { lastEventId, recent: wanted } = this.#query;
    const { oldest, end } = this.#recent;
    const found = lastEventId === undefined ? undefined : this.#recent.find(lastEventId);
    if (found !== undefined) this.#place = found + 1;
    else this.#place = lastEventId === undefined ? Math.max(oldest, end - wanted) : oldest;
    const unknown = lastEventId !== undefined && found === undefined;
    this.#response.write(`retry: ${RETRY_MS}\n\n${unknown ? missed({ reason: 'unknown-id', to: this.#recent.at(oldest)?.event.time }) : ''}`);
  }

  /** Whether there is something to send and the connection has room for it. */
  get isBehind(): boolean {
    return !this.#closed && this.#place < this.#recent.end && !this.#response.writableNeedDrain;
  }

  /** Sends waiting events, as far as the connection has room and the time allows. */
  pump(isOver: () => boolean): void {
    const until = Math.min(this.#recent.end, Math.max(this.#place, this.#recent.oldest) + AT_ONCE);
    while (this.isBehind && this.#place < until) {
      const text = this.#next(until, isOver);
      if (text !== '') this.#response.write(text);
      if (isOver()) return;
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

  close(reason: string, isOver: () => boolean): void {
    while (this.isBehind && !isOver()) this.pump(isOver);
    const { end } = this.#recent;
    const rest = this.#place < end ? missed({ reason: 'slow', count: end - this.#place, from: this.#lookedAt, to: this.#recent.at(end - 1)?.event.time }) : '';
    this.#closed = true;
    this.#response.end(rest + message('closing', { type: 'closing', reason }));
  }

  /** Returns the next events that pass the filters, about as much as one write should have. */
  #next(until: number, isOver: () => boolean): string {
    const { oldest } = this.#recent;
    let text = '';
    if (this.#place < oldest) {
      text += missed({ reason: 'slow', count: oldest - this.#place, from: this.#lookedAt, to: this.#recent.at(oldest)?.event.time });
      this.#place = oldest;
    }
    const first = this.#place;
    for (; this.#place < until && text.length < WRITE_LENGTH; this.#place += 1) {
      // Fifty globs can take ten milliseconds for one event.
      if (this.#place > first && isOver()) break;
      const next = this.#recent.at(this.#place);
      if (next === undefined) continue;
      this.#lookedAt = next.event.time;
      if (this.#query.passes(next.event)) text += this.#textOf(next);
    }
    return text;
  }

  /** One `data` line is enough: a record has no line breaks. */
  #textOf(recent: RecentEvent): string {
    return `id: ${recent.id}\ndata: ${this.#query.format === 'cloudevents' ? recent.cloudEvent : recent.record}\n\n`;
  }
}

/** Says what was missed; times are milliseconds since the epoch. */
function missed({ from, to, ...rest }: { reason: string; count?: number; from?: number | undefined; to?: number | undefined }): string {
  const asText = (time: number | undefined): string | undefined => (time === undefined ? undefined : new Date(time).toISOString());
  return message('missed', { type: 'missed', ...rest, from: asText(from), to: asText(to) });
}

/** An event of the stream about itself. */
function message(event: string, data: Readonly<Record<string, unknown>>): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
