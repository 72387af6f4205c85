import type { LifecycleEvent, WatchEvent } from '../events.ts';
import { oneLine } from '../lib/json.ts';
import { jsonText } from './json-text.ts';

/**
 * `ndjsonLine` returns one event as one compact JSON line, or `undefined` if it is not a record. Times are RFC 3339 in
 * UTC with milliseconds.
 */
export function ndjsonLine(event: WatchEvent, lifecycle: boolean, redact: (text: string) => string): string | undefined {
  const text = ndjsonText(event, lifecycle, redact);
  return text === undefined ? undefined : `${text}\n`;
}

/** `ndjsonText` returns the record of an event as JSON, without the end of the line. */
export function ndjsonText(event: WatchEvent, lifecycle: boolean, redact: (text: string) => string): string | undefined {
  if (event.type === 'notification' && event.json !== undefined) {
    return `{"type":"notification","time":"${rfc3339(event.time)}",${originText(event)},"data":${event.json}}`;
  }
  const record = ndjsonRecord(event, lifecycle, redact);
  return record === undefined ? undefined : oneLine(jsonText(record));
}

/** `ndjsonRecord` returns the record of an event as an object. Lifecycle records are redacted (their reasons quote errors); the data of a notification is verbatim. */
export function ndjsonRecord(event: WatchEvent, lifecycle: boolean, redact: (text: string) => string): Record<string, unknown> | undefined {
  switch (event.type) {
    case 'notification':
      return { type: event.type, time: rfc3339(event.time), ...originOf(event), data: event.data };
    case 'change': {
      const record: Record<string, unknown> = { ...event, time: rfc3339(event.time) };
      if (event.key !== undefined) delete record.key;
      return record;
    }
    case 'ready':
    case 'reconnecting':
    case 'renewed':
    case 'gap':
    case 'end':
      return lifecycle ? lifecycleRecord(event, redact) : undefined;
    case 'indexing':
    case 'warning':
    case 'checkpoint':
      return undefined;
  }
}

function originOf({ target, label }: { target: string; label?: string }): { target: string; label?: string } {
  return label === undefined ? { target } : { target, label };
}

/** `"target":…,"label":…` of a record. One target's events come together: the last text is kept. */
function originText({ target, label }: { target: string; label?: string }): string {
  if (target !== lastTarget || label !== lastLabel) {
    lastTarget = target;
    lastLabel = label;
    lastOrigin = oneLine(JSON.stringify({ target, label }).slice(1, -1));
  }
  return lastOrigin;
}

let lastTarget: string | undefined;
let lastLabel: string | undefined;
let lastOrigin = '';

/** `lifecycleRecord` returns the record of a lifecycle event: the fields of the contract, times as text. */
export function lifecycleRecord(event: LifecycleEvent & { label?: string }, redact = (text: string): string => text): Record<string, unknown> {
  const { type } = event;
  const record: Record<string, unknown> = { type, time: rfc3339(event.time), ...originOf(event) };
  if (event.type === 'ready' && event.via !== undefined) record.via = event.via;
  if ('reason' in event) record.reason = redact(event.reason);
  if (event.type === 'end' && event.failed) record.failed = true;
  if (event.type === 'reconnecting') record.delayMs = event.delayMs;
  if (event.type === 'gap') {
    record.from = rfc3339(event.from);
    record.to = rfc3339(event.to);
    if (event.catchup === true) record.catchup = true;
  }
  return record;
}

/** `rfc3339` formats milliseconds since the epoch as `2026-05-11T21:52:27.520Z`. */
export function rfc3339(time: number): string {
  const whole = Math.trunc(time);
  const second = Math.floor(whole / MS_PER_SECOND);
  if (second !== lastSecond) {
    upToSecond = new Date(second * MS_PER_SECOND).toISOString().slice(0, -'000Z'.length);
    lastSecond = second;
  }
  const ms = whole - second * MS_PER_SECOND;
  return `${upToSecond}${ms < 10 ? '00' : ms < 100 ? '0' : ''}${ms}Z`;
}

const MS_PER_SECOND = 1_000;
/** Formatting a date takes as long as the rest of a notification's line, and most events come in the same second as the one before. */
let lastSecond = NaN;
let upToSecond = '';
