import { usageError } from '../errors.ts';

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const ORDER = ['d', 'h', 'm', 's', 'ms'] as const;
const PART = /(\d+(?:\.\d+)?)(ms|[smhd])/gy;

/**
 * `parseDuration` returns `500ms`, `90s`, `5m`, `1h30m`, `1.5h` in milliseconds. Units go from large to small, each once.
 * Throws a usage error for anything else, zero and negative durations included.
 */
export function parseDuration(text: string): number {
  let total = 0;
  let end = 0;
  let last = -1;
  for (const match of text.matchAll(PART)) {
    const unit = match[2] as keyof typeof UNIT_MS;
    const rank = ORDER.indexOf(unit);
    if (match.index !== end || rank <= last) throw invalid(text);
    last = rank;
    end = match.index + match[0].length;
    total += Number(match[1]) * UNIT_MS[unit];
  }
  if (end !== text.length || !(total > 0) || !Number.isSafeInteger(Math.round(total))) throw invalid(text);
  return Math.max(1, Math.round(total));
}

/** `formatDuration` returns a length of time as `parseDuration` reads it: `5m`, `1h30m`, `500ms`. */
export function formatDuration(ms: number): string {
  let left = Math.max(1, Math.round(ms));
  let text = '';
  for (const unit of ORDER) {
    const count = Math.floor(left / UNIT_MS[unit]);
    left -= count * UNIT_MS[unit];
    if (count > 0) text += `${count}${unit}`;
  }
  return text;
}

function invalid(text: string): Error {
  return usageError(`"${text}" is not a valid duration.`, 'Write it like 500ms, 90s, 5m or 1h30m.');
}

/** `describeDuration` formats a length of time for people: `850 ms`, `12 s`, `3 m 05 s`, `2 h 10 m`, `3 d 4 h`. */
export function describeDuration(ms: number): string {
  if (Math.round(ms) < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${two(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${two(minutes % 60)} m`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
