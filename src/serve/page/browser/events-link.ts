import { numberIn, parsed, textIn, timeIn } from './model/json.ts';

export interface LinkHandlers {
  opened(): void;
  record(raw: string, id: string): void;
  /** Called for records that this page will not get; `count`: how many, if the page was too slow; `from`: since when, if known. */
  missed(missed: { count: number | undefined; from: number | undefined; to: number | undefined }): void;
  /** Called when the watch announces its end, with the reason. */
  closing(reason: string): void;
  lost(): void;
}

/** How many earlier events are requested at the start. */
const RECENT = 500;
/** The browser tries again on its own, except after an answer that is not a stream. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;

/** EventsLink keeps the page connected to `/events`: after each loss it continues after the last record that it has. */
export class EventsLink {
  readonly #handlers: LinkHandlers;
  #source: EventSource | undefined;
  #lastId = '';
  #pauseMs = FIRST_PAUSE_MS;
  #timer: number | undefined;

  constructor(handlers: LinkHandlers) {
    this.#handlers = handlers;
  }

  open(): void {
    window.clearTimeout(this.#timer);
    this.#source?.close();
    const query = this.#lastId === '' ? `recent=${RECENT}` : `lastEventId=${encodeURIComponent(this.#lastId)}`;
    const source = new EventSource(`events?${query}`);
    this.#source = source;
    source.onopen = () => {
      this.#pauseMs = FIRST_PAUSE_MS;
      this.#handlers.opened();
    };
    source.onmessage = ({ data, lastEventId }: MessageEvent<string>) => {
      this.#lastId = lastEventId;
      this.#handlers.record(data, lastEventId);
    };
    source.addEventListener('missed', ({ data }: MessageEvent<string>) => {
      const fields = parsed(data);
      this.#handlers.missed({ count: numberIn(fields, 'count'), from: timeIn(fields, 'from'), to: timeIn(fields, 'to') });
    });
    source.addEventListener('closing', ({ data }: MessageEvent<string>) => {
      this.#handlers.closing(textIn(parsed(data), 'reason') ?? 'no reason given');
    });
    source.onerror = () => {
      this.#handlers.lost();
      if (source.readyState !== EventSource.CLOSED || this.#source !== source) return;
      window.clearTimeout(this.#timer);
      this.#timer = window.setTimeout(() => {
        this.open();
      }, this.#pauseMs);
      this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
    };
  }
}
