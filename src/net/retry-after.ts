/** Whatever a service asks for, it is called again after an hour: a `Retry-After` of days is a mistake. */
export const LONGEST_RETRY_AFTER_MS = 60 * 60_000;

/**
 * `parseRetryAfter` returns a `Retry-After` in milliseconds: seconds, or an HTTP date (RFC 9110 §10.2.3), which is counted from the
 * answer's own `Date` if it has one, since this machine's clock (`now`) may be wrong. Of several, as a gateway
 * adds its own to the service's, the larger; an hour at most. `undefined` if there is none or none can be
 * read. A past date means immediately.
 */
export function parseRetryAfter(value: string | undefined, now: number, answeredAt?: string): number | undefined {
  const answered = parseHttpDate(answeredAt ?? '') ?? now;
  const delays = partsOf(value ?? '').map((part) => parseOne(part, answered)).filter((ms) => ms !== undefined);
  return delays.length === 0 ? undefined : Math.min(LONGEST_RETRY_AFTER_MS, Math.max(...delays));
}

/** Splits at commas, except the one after the day in a date. */
function partsOf(list: string): string[] {
  return list.replace(/\b((?:mon|tue|wed|thu|fri|sat|sun)[a-z]*),/gi, '$1').split(',').map((part) => part.trim());
}

function parseOne(text: string, answered: number): number | undefined {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.min(LONGEST_RETRY_AFTER_MS, Math.ceil(Number(text) * 1000));
  const time = parseHttpDate(text);
  return time === undefined ? undefined : Math.max(0, time - answered);
}

/** The three forms of RFC 9110 §5.6.7; the oldest, asctime's, has no zone, but means UTC. */
function parseHttpDate(text: string): number | undefined {
  // Date.parse reads all sorts of things ("abc 5" is a day in 2001): an HTTP date begins with a day and has a time.
  if (!/^[a-z]{3,9},? .*\d\d:\d\d:\d\d/i.test(text)) return undefined;
  const time = Date.parse(/GMT$/i.test(text) ? text : `${text} GMT`);
  return Number.isNaN(time) ? undefined : time;
}
