import { asFields, parsed, textIn, timeIn } from './json.ts';
import { noteRow, rowOf, type Row } from './row.ts';

/** Shade is a gap: a period whose changes did not come in when they were made. `missing`: they may not be in the list at all. */
export interface Shade {
  readonly from: number;
  readonly to: number;
  readonly missing: boolean;
}

export const MINUTE_MS = 60_000;
/** Beyond either limit, the oldest rows are dropped, so that a browser tab's memory stays bounded, however long it is open. */
export const MOST_ROWS = 5_000;
export const MOST_CHARACTERS = 8_000_000;
/** Rows about the connection have their own limit: a thousand drives that reconnect must not push out the changes. */
export const MOST_NOTES = 500;
const MOST_MINUTES = 2 * 60;
const MOST_MARKS = 1_000;

/** History keeps what the page has received, within bounds: rows, changes per minute, gaps and reconnects. */
export class History {
  readonly rows: Row[] = [];
  readonly shades: Shade[] = [];
  /** When drives were reconnected. */
  readonly reconnects: number[] = [];
  /** Rows that were dropped, being too old. */
  dropped = 0;
  /** Increases with every addition, so that anything derived from an older version is known to be out of date. */
  version = 0;
  #next = 1;
  #characters = 0;
  #notes = 0;
  /** Changes in each minute, by the minute's number since the epoch: as counted here, and as reported by the server. */
  readonly #counted = new Map<number, number>();
  readonly #told = new Map<number, number>();
  readonly #ids = new Set<string>();
  readonly #marked = new Set<string>();
  readonly #lost = new Set<string>();

  /** `add` takes a record of the stream; a known one is not added again. Returns its row, if it has one. */
  add(raw: string, id: string): Row | undefined {
    if (id !== '' && this.#ids.has(id)) return undefined;
    const record = parsed(raw);
    this.mark(record);
    const row = rowOf(raw, id, this.#next);
    if (row === undefined) return undefined;
    if (row.kind !== 'connection') this.#count(row.seen);
    this.#push(row);
    return row;
  }

  /** `note` adds a row with a remark of the page itself. */
  note(text: string, at: number): void {
    this.#push(noteRow(text, at, this.#next));
  }

  /** `shade` marks a period in which this page received nothing. */
  shade(shade: Shade): void {
    push(this.shades, shade, MOST_MARKS);
    this.version += 1;
  }

  /** `mark` records what a record says about the connection; each record only once. */
  mark(record: unknown): void {
    const fields = asFields(record);
    const type = textIn(fields, 'type');
    const time = timeIn(fields, 'time');
    if (time === undefined || (type !== 'gap' && type !== 'reconnecting' && type !== 'ready' && type !== 'end')) return;
    const target = textIn(fields, 'target') ?? '';
    const key = `${type} ${time} ${target}`;
    if (this.#marked.has(key)) return;
    remember(this.#marked, key, 4 * MOST_MARKS);
    if (type === 'reconnecting') remember(this.#lost, target, 4 * MOST_MARKS);
    else if (type === 'ready' && this.#lost.delete(target)) push(this.reconnects, time, MOST_MARKS);
    else if (type === 'end') this.#lost.delete(target);
    else if (type === 'gap') {
      const from = timeIn(fields, 'from');
      const to = timeIn(fields, 'to');
      if (from !== undefined && to !== undefined) push(this.shades, { from, to, missing: fields?.catchup !== true }, MOST_MARKS);
    }
    this.version += 1;
  }

  /** `told` takes the server's counts per minute, oldest first, up to the minute that begins at `until`. */
  told(counts: readonly number[], until: number): void {
    const last = Math.floor(until / MINUTE_MS);
    counts.forEach((count, at) => {
      set(this.#told, last - (counts.length - 1 - at), count);
    });
    this.version += 1;
  }

  /** `changesIn` returns how many changes came in a minute. The stream lacks what came before it, and the server's answer what came since: the larger count is right. */
  changesIn(minute: number): number {
    return Math.max(this.#counted.get(minute) ?? 0, this.#told.get(minute) ?? 0);
  }

  #count(time: number): void {
    const minute = Math.floor(time / MINUTE_MS);
    set(this.#counted, minute, (this.#counted.get(minute) ?? 0) + 1);
  }

  #push(row: Row): void {
    this.#next += 1;
    this.version += 1;
    this.rows.push(row);
    this.#characters += row.raw.length;
    if (row.id !== '') this.#ids.add(row.id);
    if (row.kind === 'connection') {
      this.#notes += 1;
      if (this.#notes > MOST_NOTES) this.#drop(this.rows.findIndex(({ kind }) => kind === 'connection'));
    }
    while (this.rows.length > MOST_ROWS || (this.#characters > MOST_CHARACTERS && this.rows.length > 1)) this.#drop(0);
  }

  #drop(at: number): void {
    const [row] = this.rows.splice(at, 1);
    if (row === undefined) return;
    this.#characters -= row.raw.length;
    this.#ids.delete(row.id);
    if (row.kind === 'connection') this.#notes -= 1;
    else this.dropped += 1;
  }
}

function set(minutes: Map<number, number>, minute: number, count: number): void {
  minutes.set(minute, count);
  if (minutes.size > MOST_MINUTES) minutes.delete(Math.min(...minutes.keys()));
}

function push<T>(list: T[], value: T, most: number): void {
  list.push(value);
  if (list.length > most) list.shift();
}

function remember(set: Set<string>, key: string, most: number): void {
  set.add(key);
  const [oldest] = set;
  if (set.size > most && oldest !== undefined) set.delete(oldest);
}
