import { MINUTE_MS, type History, type Shade } from './history.ts';

/** How many minutes may be shown: few for a watch that has just begun. A quarter of each is a whole number of minutes. */
const SPANS = [20, 40] as const;
const LONGEST = 60;

/** `spanOf` returns how many minutes to show of a watch that has been running since then. */
export function spanOf(startedAt: number | undefined, now: number): number {
  if (startedAt === undefined) return LONGEST;
  return SPANS.find((minutes) => now - startedAt < (minutes - 1) * MINUTE_MS) ?? LONGEST;
}

/** Bar is one minute: all its changes, and how many of them pass the filter. */
export interface Bar {
  readonly at: number;
  readonly count: number;
  readonly passed: number;
  readonly reconnects: number;
}

/** Timeline covers the last minutes, an hour at most. `shades` are within it, do not overlap, and are in order. */
export interface Timeline {
  readonly from: number;
  readonly to: number;
  readonly bars: readonly Bar[];
  readonly peak: number;
  readonly total: number;
  readonly shades: readonly Shade[];
  readonly reconnects: number;
}

export interface TimelineOptions {
  now: number;
  /** How many minutes, the current one included. */
  span?: number;
  /** What passes the filter, by minute; absent if everything does. */
  passed?: ReadonlyMap<number, number> | undefined;
  /** A gap that has not ended yet. */
  open?: Shade | undefined;
}

/** `timelineOf` returns the minutes up to the current one. */
export function timelineOf(history: Pick<History, 'changesIn' | 'shades' | 'reconnects'>, { now, span = LONGEST, passed, open }: TimelineOptions): Timeline {
  const last = Math.floor(now / MINUTE_MS);
  const first = last - span + 1;
  const reconnects = new Map<number, number>();
  for (const time of history.reconnects) {
    const minute = Math.floor(time / MINUTE_MS);
    reconnects.set(minute, (reconnects.get(minute) ?? 0) + 1);
  }
  const bars = Array.from({ length: span }, (_, at) => {
    const minute = first + at;
    const count = history.changesIn(minute);
    return { at: minute * MINUTE_MS, count, passed: passed === undefined ? count : Math.min(count, passed.get(minute) ?? 0), reconnects: reconnects.get(minute) ?? 0 };
  });
  const from = first * MINUTE_MS;
  const to = (last + 1) * MINUTE_MS;
  const shades = merged(open === undefined ? history.shades : [...history.shades, open], from, to);
  return { from, to, bars, shades, peak: Math.max(...bars.map(({ count }) => count)), total: sum(bars, 'count'), reconnects: sum(bars, 'reconnects') };
}

function sum(bars: readonly Bar[], field: 'count' | 'reconnects'): number {
  return bars.reduce((total, bar) => total + bar[field], 0);
}

/** Merges overlapping shades of several drives: if one of them may have missed something, so may the merged one. */
function merged(shades: readonly Shade[], from: number, to: number): Shade[] {
  const within = shades.filter((shade) => shade.to > from && shade.from < to).map((shade) => ({ ...shade, from: Math.max(from, shade.from), to: Math.min(to, shade.to) }));
  within.sort((a, b) => a.from - b.from);
  const found: Shade[] = [];
  for (const shade of within) {
    const before = found.at(-1);
    if (before !== undefined && shade.from <= before.to) {
      found[found.length - 1] = { from: before.from, to: Math.max(before.to, shade.to), missing: before.missing || shade.missing };
    } else {
      found.push(shade);
    }
  }
  return found;
}

/** `ceilingOf` returns a round number at or above the peak, for the top of the chart. */
export function ceilingOf(peak: number): number {
  for (let unit = 1; ; unit *= 10) {
    const found = [1, 2, 4, 5, 8, 10].map((step) => step * unit).find((value) => value >= peak);
    if (found !== undefined) return Math.max(4, found);
  }
}
