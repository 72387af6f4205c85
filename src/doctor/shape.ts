import { isRecord, parseJson } from '../lib/json.ts';

const DEEPEST = 4;
const MOST_KEYS = 30;
const LONGEST_KEY = 40;

/** `shapeOf` returns the keys and types of a JSON value, `{value: [{subscriptionId: string}]}`, without any of its values. */
export function shapeOf(value: unknown, depth = 0): string {
  if (Array.isArray(value)) {
    if (depth >= DEEPEST) return '[…]';
    return `[${[...new Set(value.map((entry) => shapeOf(entry, depth + 1)))].slice(0, MOST_KEYS).join(' | ')}]`;
  }
  if (isRecord(value)) {
    if (depth >= DEEPEST) return '{…}';
    const entries = Object.entries(value);
    const shown = entries.slice(0, MOST_KEYS).map(([key, entry]) => `${keyText(key)}: ${shapeOf(entry, depth + 1)}`);
    return `{${[...shown, ...(entries.length > MOST_KEYS ? ['…'] : [])].join(', ')}}`;
  }
  return value === null ? 'null' : typeof value;
}

/** `frameShape` returns the shape of a Socket.IO frame: `40/notifications,{sid: string}`. */
export function frameShape(frame: string): string {
  const [head = ''] = /^\d{1,3}(?:\/[\w-]{1,60}(?=,|$))?,?/.exec(frame) ?? [];
  const rest = frame.slice(head.length);
  return rest === '' ? head : `${head}${payloadShape(rest)}`;
}

/** `payloadShape` returns the shape of a JSON text, and of the JSON in it if that is a string. */
export function payloadShape(text: string): string {
  const value = parseJson(text);
  if (value === undefined) return 'text that is not JSON';
  const inner = typeof value === 'string' ? parseJson(value) : undefined;
  return inner === undefined ? shapeOf(value) : `a JSON string of ${shapeOf(inner)}`;
}

/** A key may be a value in disguise: an id, an address. */
function keyText(key: string): string {
  return /^@?[a-z][\w.-]*$/i.test(key) && key.length <= LONGEST_KEY && !/\d{3}/.test(key) ? key : '(another key)';
}
