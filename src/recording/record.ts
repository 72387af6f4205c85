import type { ChangeEvent, LifecycleEvent, NotificationEvent } from '../events.ts';
import { isRecord, oneLine, parseJson, textField } from '../lib/json.ts';

/** RecordedEvent is an event as read from a line of NDJSON or CloudEvents. */
export type RecordedEvent = { label?: string } & (ChangeEvent | NotificationEvent | LifecycleEvent);

/**
 * ReadRecord is what a line of a recording is: an event; something valid that this version doesn't know, which readers skip;
 * or damage, with what is wrong.
 */
export type ReadRecord = { event: RecordedEvent } | { unknown: string } | { damage: string };

type Fields = Readonly<Record<string, unknown>>;

/** The prefix of the types of this tool's CloudEvents. */
const CLOUD_EVENT_TYPE = 'dev.graph-watch.';
const CHANGES: ReadonlySet<unknown> = new Set<ChangeEvent['change']>(['created', 'modified', 'renamed', 'moved', 'deleted', 'shared', 'unknown']);
const VIAS: ReadonlySet<unknown> = new Set<ChangeEvent['via']>(['push', 'poll', 'catchup', 'recheck']);

/**
 * `readRecord` reads a line of `-o ndjson` or `-o cloudevents`. Fields that it doesn't know stay in a change and in the
 * data of a notification. Fields that the schema requires must be present, with the right type.
 */
export function readRecord(line: string): ReadRecord {
  const record = parseJson(line);
  if (record === undefined) return { damage: 'not JSON' };
  if (!isRecord(record)) return { damage: 'not a JSON object' };
  if (typeof record.type !== 'string') return { damage: 'no "type"' };
  if (typeof record.specversion !== 'string') return readFields(record, line);
  if (!record.type.startsWith(CLOUD_EVENT_TYPE)) return { unknown: record.type };
  if (!isRecord(record.data)) return { damage: 'no record in "data"' };
  // The data comes last, as it was written.
  const at = line.indexOf(DATA_OF_CLOUD_EVENT);
  return readFields(record.data, at < 0 ? '' : line.slice(at + DATA_OF_CLOUD_EVENT.length - 1, -1));
}

const DATA_OF_CLOUD_EVENT = ',"data":{';

/** `text` is the record's own text. */
function readFields(record: Fields, text: string): ReadRecord {
  const { type } = record;
  if (typeof type !== 'string') return { damage: 'no "type"' };
  if (!isKnown(type)) return { unknown: type };
  const time = timeOf(record.time);
  const target = textField(record, 'target');
  if (time === undefined) return { damage: 'no valid "time"' };
  if (target === undefined) return { damage: 'no "target"' };
  if (!isText(record.label)) return { damage: '"label" is not text' };
  const of = { time, target, ...(record.label === undefined ? {} : { label: record.label }) };
  switch (type) {
    case 'change':
      return readChange(record, time);
    case 'notification':
      return readNotification(record, of, text);
    case 'ready':
      return { event: { type, ...of, ...(record.via === 'poll' ? { via: 'poll' } : {}) } };
    case 'renewed':
      return { event: { type, ...of } };
    case 'reconnecting':
    case 'gap':
    case 'end':
      return readTrouble(type, record, of);
  }
}

const KNOWN = ['change', 'notification', 'ready', 'reconnecting', 'renewed', 'gap', 'end'] as const;

function isKnown(type: string): type is (typeof KNOWN)[number] {
  return KNOWN.some((known) => known === type);
}

function readChange(record: Fields, time: number): ReadRecord {
  const { change, item, previous, via } = record;
  if (typeof change !== 'string') return { damage: 'no "change"' };
  if (!CHANGES.has(change)) return { unknown: `change of kind ${change}` };
  if (typeof via !== 'string') return { damage: 'no "via"' };
  if (!VIAS.has(via)) return { unknown: `change via ${via}` };
  if (!isRecord(item) || textField(item, 'id') === undefined || typeof item.folder !== 'boolean') return { damage: 'no "item" with "id" and "folder"' };
  const texts = [item.name, item.path, item.eTag, item.webUrl, item.lastModifiedDateTime];
  const before = previous ?? {};
  const numbers = [item.size, record.changedToSeenMs];
  if (!isRecord(before) || ![...texts, before.name, before.path].every(isText) || ![...numbers, before.size].every(isNumber)) return { damage: 'a field of the wrong type' };
  if (item.lastModifiedBy !== undefined && !isRecord(item.lastModifiedBy)) return { damage: '"lastModifiedBy" is not an object' };
  // The fields keep their order, unknown ones too, so that the record is printed unchanged.
  return { event: { ...record, time } as unknown as ChangeEvent };
}

interface Origin {
  time: number;
  target: string;
  label?: string;
}

function readNotification(record: Fields, of: Origin, text: string): ReadRecord {
  if (record.data === undefined) return { damage: 'no "data"' };
  const { target, label } = of;
  // The data stays as it was spelled: a JSON number may have more digits than a JavaScript number.
  const before = `{"type":"notification","time":${JSON.stringify(record.time)},${JSON.stringify({ target, label }).slice(1, -1)},"data":`;
  return { event: { type: 'notification', ...of, data: record.data, ...(text.startsWith(before) ? { json: oneLine(text.slice(before.length, -1)) } : {}) } };
}

function readTrouble(type: 'reconnecting' | 'gap' | 'end', record: Fields, of: Origin): ReadRecord {
  const { reason, delayMs, failed } = record;
  if (typeof reason !== 'string') return { damage: 'no "reason"' };
  if (type === 'end') return failed === undefined || typeof failed === 'boolean' ? { event: { type, ...of, reason, failed: failed === true } } : { damage: '"failed" is neither true nor false' };
  if (type === 'reconnecting') return typeof delayMs === 'number' && delayMs >= 0 ? { event: { type, ...of, reason, delayMs } } : { damage: 'no valid "delayMs"' };
  const [from, to] = [timeOf(record.from), timeOf(record.to)];
  if (from === undefined || to === undefined) return { damage: 'no valid "from" and "to"' };
  return { event: { type, ...of, reason, from, to, ...(record.catchup === true ? { catchup: true } : {}) } };
}

/** Milliseconds since the epoch; `undefined` for what is not RFC 3339. */
function timeOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/.test(value)) return undefined;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}

function isText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}

function isNumber(value: unknown): boolean {
  return value === undefined || typeof value === 'number';
}
