import { numberIn, parsed, textIn, timeIn } from './model/json.ts';

export interface LinkHandlers {
  opened(): void;
  record(raw: string, id: string): void;
  /** Records that this page will not get; `count` says how many if it was too slow for them, `from` when, if that is known. */
  missed(missed: { count: number | undefined; from: number | undefined; to: number | undefined }): void;
  /** The watch says that it ends, and why. */
  closing(reason: string): void;
  lost(): void;
}

/** How many events that were before are asked for at the start. */
const RECENT = 500;
/** The browser tries again on its own, except after an answer that is not a stream. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;

/** EventsLink keeps the page connected to `/events`: after each loss it continues behind the last record that it has. */
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
