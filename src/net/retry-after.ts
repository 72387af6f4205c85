/**
 * `Retry-After` in milliseconds: seconds, or an HTTP date (RFC 9110 §10.2.3), which is counted from the
 * answer's own `Date` where it has one, since this machine's clock (`now`) may be wrong. `undefined`
 * where there is none or it cannot be read. A date that has passed means: at once.
 */
export function parseRetryAfter(value: string | undefined, now: number, answeredAt?: string): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d+(?:\.\d+)?$/.test(text)) {
    const ms = Math.ceil(Number(text) * 1000);
    return Number.isSafeInteger(ms) ? ms : undefined;
  }
  const time = parseHttpDate(text);
  return time === undefined ? undefined : Math.max(0, time - (parseHttpDate(answeredAt ?? '') ?? now));
}

/** The three forms of RFC 9110 §5.6.7; the oldest, asctime's, has no zone and means UTC all the same. */
function parseHttpDate(text: string): number | undefined {
  // Date.parse reads all sorts of things ("abc 5" is a day in 2001): an HTTP date begins with a day and has a time.
  if (!/^[a-z]{3,9},? .*\d\d:\d\d:\d\d/i.test(text)) return undefined;
  const time = Date.parse(/GMT$/i.test(text) ? text : `${text} GMT`);
  return Number.isNaN(time) ? undefined : time;
}
