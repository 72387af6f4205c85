import { createHash } from 'node:crypto';
import type { ChangeEvent, WatchEvent } from '../events.ts';
import { oneLine } from '../lib/json.ts';
import { jsonText } from './json-text.ts';
import { ndjsonText, rfc3339 } from './ndjson.ts';

/** Where the types of this tool's events begin; CloudEvents asks for a reverse domain name. */
const TYPE_PREFIX = 'dev.graph-watch';
/** 128 bits of SHA-256, in hexadecimal. */
const ID_LENGTH = 32;

/** CloudEvent has the attributes of an event, all of them strings, and its data as JSON text. */
export interface CloudEvent {
  attributes: Readonly<Record<string, string>> & { id: string };
  data: string;
}

export interface CloudEventOptions {
  /** Whether lifecycle events are records, as in NDJSON. */
  lifecycle: boolean;
  redact: (text: string) => string;
  sourceOf: (target: string) => string;
}

/**
 * `cloudEvent` returns an event as a CloudEvent, or `undefined` if it is not a record:
 *
 * - `id`: of a change, from drive, item and the item's state (see `changeId`): a replay has the same.
 *   A notification says only that something changed, so its time of arrival identifies it: two with the same content in the same
 *   millisecond are one. A lifecycle event is identified by its whole record.
 * - `source`: the drive, as `sourceOf` returns it (an absolute URI of Graph)
 * - `type`: `dev.graph-watch.change.created`, `dev.graph-watch.notification`, `dev.graph-watch.lifecycle.gap`
 * - `subject`: the item's path, if known
 * - `time`: when the item was changed according to Graph; if that is unknown, when it was seen
 * - `data`: the record that NDJSON has
 */
export function cloudEvent(event: WatchEvent, { lifecycle, redact, sourceOf }: CloudEventOptions): CloudEvent | undefined {
  const data = ndjsonText(event, lifecycle, redact);
  if (data === undefined) return undefined;
  return { attributes: { specversion: '1.0', ...attributes(event, data), source: sourceOf(event.target), datacontenttype: 'application/json' }, data };
}

/** `cloudEventLine` returns one event as a CloudEvents 1.0 JSON object on one line, or `undefined` if it is not a record. */
export function cloudEventLine(event: WatchEvent, options: CloudEventOptions): string | undefined {
  const found = cloudEvent(event, options);
  if (found === undefined) return undefined;
  return `${oneLine(JSON.stringify(found.attributes).slice(0, -1))},"data":${found.data}}\n`;
}

function attributes(event: WatchEvent, data: string): { id: string; type: string; time: string; subject?: string } {
  switch (event.type) {
    case 'change':
      return {
        id: changeId(event),
        type: `${TYPE_PREFIX}.change.${event.change}`,
        time: changedAt(event),
        // An attribute may not be empty.
        ...(event.item.path === undefined || event.item.path === '' ? {} : { subject: event.item.path }),
      };
    case 'notification':
      return { id: digest(event.target, event.time, event.data), type: `${TYPE_PREFIX}.notification`, time: rfc3339(event.time) };
    case 'ready':
    case 'reconnecting':
    case 'renewed':
    case 'gap':
    case 'end':
    case 'indexing':
    case 'warning':
    case 'checkpoint':
      // Two gaps may end at the same moment, and two targets of one name may be ready.
      return { id: digest(data), type: `${TYPE_PREFIX}.lifecycle.${event.type}`, time: rfc3339(event.time) };
  }
}

/**
 * From the drive, the item, and the state in which Graph shows it (eTag, time of change, or that it is
 * gone). Neither the kind of change nor the path: a replay after a restart may know less of what was
 * before, and call a rename a modification. Sharing may leave the state unchanged: the moment distinguishes one such change from the next.
 */
function changeId({ target, change, item, time }: ChangeEvent): string {
  if (change === 'shared') return digest(target, item.id, change, time);
  return digest(target, item.id, change === 'deleted', item.eTag ?? null, item.lastModifiedDateTime ?? null);
}

function digest(...parts: unknown[]): string {
  return createHash('sha256').update(jsonText(parts)).digest('hex').slice(0, ID_LENGTH);
}

/** For a deletion Graph gives the time of the last change before it, if any. */
function changedAt({ change, item, time }: ChangeEvent): string {
  const told = change === 'deleted' ? Number.NaN : Date.parse(item.lastModifiedDateTime ?? '');
  return rfc3339(Number.isNaN(told) ? time : told);
}
