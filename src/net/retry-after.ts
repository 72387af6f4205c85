/**
 * `Retry-After` in milliseconds: seconds, or an HTTP date (RFC 9110 §10.2.3), which is counted from the
 * answer's own `Date` where it has one, since this machine's clock (`now`) may be wrong. `undefined`
 * where there is none or it cannot be read. A date that has passed means: at once.
 */
export function parseRetryAfter(value: string | undefined, now: number, answeredAt?: string): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  const time = parseHttpDate(text);
  return time === undefined ? undefined : Math.max(0, time - (parseHttpDate(answeredAt ?? '') ?? now));
}

function parseHttpDate(text: string): number | undefined {
  // Date.parse reads all sorts of things; an HTTP date has letters in it ("Wed, 21 Oct 2026 07:28:00 GMT").
  if (!/[a-z]/i.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
