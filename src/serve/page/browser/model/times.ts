/** `ago` says how long ago something was: `just now`, `12 s ago`, `3 min ago`, `2 h ago`, `4 days ago`. */
export function ago(ms: number): string {
  return ms < 3_000 ? 'just now' : `${spell(ms)} ago`;
}

/** `spell` says how long something takes: `0.8 s`, `12 s`, `3 min`, `2 h 10 min`, `4 days`. */
export function spell(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms / 100) / 10)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 || hours > 9 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days`;
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const SHORT_CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });

/** `clock` is a time of day, with the date if it was not today. */
export function clock(time: number, now: number): string {
  return sameDay(time, now) ? CLOCK.format(time) : `${DAY.format(time)}, ${CLOCK.format(time)}`;
}

/** `shortClock` is a time of day without seconds. */
export function shortClock(time: number, now?: number): string {
  return now === undefined || sameDay(time, now) ? SHORT_CLOCK.format(time) : `${DAY.format(time)}, ${SHORT_CLOCK.format(time)}`;
}

export function fullTime(time: number): string {
  return FULL.format(time);
}

function sameDay(one: number, other: number): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString();
}

/** `many` counts things: `1 change`, `1,234 changes`. */
export function many(count: number, one: string, several = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : several}`;
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** `bytes` is a size: `812 B`, `1.4 MB`. */
export function bytes(size: number): string {
  let at = 0;
  let value = size;
  for (; value >= 1000 && at < UNITS.length - 1; at += 1) value /= 1024;
  return `${at === 0 || value >= 10 ? Math.round(value) : Math.round(value * 10) / 10} ${UNITS[at] ?? ''}`;
}
