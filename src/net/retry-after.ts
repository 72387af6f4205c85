/**
 * `Retry-After` in milliseconds from `now`: seconds or an HTTP date (RFC 9110 §10.2.3). `undefined`
 * where there is none or it cannot be read. A date that has passed means: at once.
 */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  // Date.parse reads all sorts of things; an HTTP date has letters in it ("Wed, 21 Oct 2026 07:28:00 GMT").
  if (!/[a-z]/i.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : Math.max(0, time - now);
}
