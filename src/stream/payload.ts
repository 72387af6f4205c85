import { oneLine } from '../lib/json.ts';

/**
 * `readPayload` returns the entries of a `notification` event's argument.
 *
 * The argument is a JSON string `{"value":[…]}` (captured 2026-05, personal account); older pages show
 * one flat object in the string, and an object instead of a string is accepted too. What is not JSON is
 * one entry, the string as it came: nothing that arrives is dropped.
 */
export function readPayload(argument: unknown): unknown[] {
  const payload = typeof argument === 'string' ? parse(argument) : argument;
  if (typeof payload === 'object' && payload !== null && 'value' in payload && Array.isArray(payload.value)) {
    // An empty list is still a tap.
    return payload.value.length === 0 ? [payload] : (payload.value as unknown[]);
  }
  return [payload];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** What the service normally sends: one entry and nothing around it. */
const SOLE_START = '{"value":[';
const SOLE_END = ']}';
/** Between tokens it would not be compact, or would even break the line; a space within a string is taken for the same. */
const WHITE_SPACE = [' ', '\n', '\r', '\t'];

/**
 * An object whose values are strings without escapes, as the service sends it, compactly written: it is read without making
 * the object. Each character can match in one way only, so that no text takes long.
 */
const PLAIN_OBJECT = /^\{(?:"[^"\\\0- \u2028\u2029\ud800-\udfff]*":"[^"\\\0- \u2028\u2029\ud800-\udfff]*"(?:,(?=")|(?=\})))*\}$/;
/** In characters: matching a longer one could overflow the stack. */
const LONGEST_PLAIN = 8_192;

/**
 * `soleEntry` returns the JSON text of the entry of a payload that is `{"value":[…]}` with exactly one, as it came but on
 * one line for every reader: it can be written without formatting it again. `undefined` for every other argument, which `readPayload` reads.
 */
export function soleEntry(argument: unknown): string | undefined {
  if (typeof argument !== 'string' || !argument.startsWith(SOLE_START) || !argument.endsWith(SOLE_END)) return undefined;
  const json = argument.slice(SOLE_START.length, -SOLE_END.length);
  if (json.length <= LONGEST_PLAIN && PLAIN_OBJECT.test(json)) return json;
  // Half a surrogate pair can only be written as an escape.
  if (json === '' || WHITE_SPACE.some((space) => json.includes(space)) || !json.isWellFormed()) return undefined;
  try {
    // If the text parses as one value, there is no second entry, and nothing besides `value`.
    JSON.parse(json);
    return oneLine(json);
  } catch {
    return undefined;
  }
}
