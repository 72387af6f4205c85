import type { WatchEvent } from '../events.ts';

/** RecordTexts turns events into the texts that readers get. */
export interface RecordTexts {
  /** The NDJSON record, lifecycle included, without the end of the line; `undefined` if the event is not a record. */
  record: (event: WatchEvent) => string | undefined;
  /** The CloudEvent of a record, as JSON on one line, and its id. */
  cloudEvent: (event: WatchEvent) => { id: string; text: string };
}

/** RecentEvent is a remembered event. Its id needs a hash, so it is made only when a reader wants it. */
export class RecentEvent {
  readonly event: WatchEvent;
  readonly record: string;
  readonly #texts: RecordTexts;
  #id: string | undefined;

  constructor(event: WatchEvent, record: string, texts: RecordTexts) {
    this.event = event;
    this.record = record;
    this.#texts = texts;
  }

  /** The CloudEvents id. */
  get id(): string {
    return (this.#id ??= this.#texts.cloudEvent(this.event).id);
  }

  get cloudEvent(): string {
    return this.#texts.cloudEvent(this.event).text;
  }

  /** Roughly how many bytes of memory it takes: the event and its text. */
  get size(): number {
    return 3 * this.record.length + 500;
  }
}

export interface RecentEventsOptions extends RecordTexts {
  most: number;
  mostBytes: number;
}

/** RecentEvents remembers the latest records, bounded in number and size. Each has a position: 0 for the first of the run, and so on. */
export class RecentEvents {
  readonly #options: RecentEventsOptions;
  #kept: RecentEvent[] = [];
  /** The index of the oldest that is still remembered: shifting an array of thousands is slow. */
  #start = 0;
  #size = 0;
  #end = 0;

  constructor(options: RecentEventsOptions) {
    this.#options = options;
  }

  /** The position of the oldest remembered event; if there is none, that of the next. */
  get oldest(): number {
    return this.#end - this.count;
  }

  /** The position that the next event will have. */
  get end(): number {
    return this.#end;
  }

  get count(): number {
    return this.#kept.length - this.#start;
  }

  /** Remembers an event; returns whether it is a record, and so remembered. */
  add(event: WatchEvent): boolean {
    const record = this.#options.record(event);
    if (record === undefined) return false;
    const recent = new RecentEvent(event, record, this.#options);
    this.#kept.push(recent);
    this.#size += recent.size;
    this.#end += 1;
    // The newest is kept, however large: readers have yet to get it.
    while (this.count > this.#options.most || (this.#size > this.#options.mostBytes && this.count > 1)) this.#forgetOldest();
    return true;
  }

  at(place: number): RecentEvent | undefined {
    return place < this.oldest ? undefined : this.#kept[this.#start + place - this.oldest];
  }

  /**
   * `find` returns the position of the event with this id, or `undefined`. If several have it (Graph repeated a change), it is that
   * of the oldest: better that a reader gets some twice than one never.
   */
  find(id: string): number | undefined {
    for (let place = this.oldest; place < this.#end; place += 1) if (this.at(place)?.id === id) return place;
    return undefined;
  }

  #forgetOldest(): void {
    this.#size -= this.#kept[this.#start]?.size ?? 0;
    this.#kept[this.#start] = undefined as unknown as RecentEvent;
    this.#start += 1;
    if (this.#start < 1_000) return;
    this.#kept.splice(0, this.#start);
    this.#start = 0;
  }
}
