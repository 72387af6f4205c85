import { createHash, randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { isRecord, parseJson } from '../lib/json.ts';
import { Conflict, type Bucket, type Entry } from './bucket.ts';
import { LIST_KEY, LIST_PARTS } from './keys.ts';
import { encode, readListRecord, type ListRecord } from './records.ts';

/** ListedTarget is one target of the cluster's list. */
export interface ListedTarget {
  /** Its name in records. */
  target: string;
  /** A folder or a file in it: only that is watched. */
  below?: string;
  label?: string;
}

/** `older`: another list stays in force, since it came after this one, or `ifNone` was set. `same`: it is the current one. */
export type Published = 'published' | 'same' | 'older';

/** A quarter of what a NATS server accepts by default (`max_payload`, 1 MB). */
const PART_BYTES = 256 * 1024;
/** How many lists before the current one are remembered. */
const EARLIER = 100;

/** `keyOfListed` returns what identifies a target in the list; its label does not. */
export function keyOfListed({ target, below }: ListedTarget): string {
  return `${target}${below ?? ''}`;
}

export interface PublishOptions {
  /** The name of the member that publishes. */
  by: string;
  /** Whether to publish in any case. */
  force: boolean;
  /** Whether to publish only if no list is in force. */
  ifNone?: boolean;
}

/**
 * `publishList` puts a list in force. Without `force` it does not if the list was in force before the current one: a machine that
 * starts with yesterday's file must not bring yesterday back. With `force`, the current list gets a new revision, too.
 */
export async function publishList(bucket: Bucket, list: readonly ListedTarget[], { by, force, ifNone = false }: PublishOptions): Promise<Published> {
  const text = textOf(list);
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 32);
  while (true) {
    const entry = await bucket.get(LIST_KEY);
    const current = entry?.value === undefined ? undefined : readListRecord(entry.value);
    const isSame = current?.hash === hash;
    if (isSame && !force) return 'same';
    if (current !== undefined && !force && (ifNone || current.earlier.includes(hash))) return 'older';
    const written = isSame ? { parts: current.parts, count: current.count } : await writeParts(bucket, text);
    const earlier = [...new Set([...(current === undefined || isSame ? [] : [current.hash]), ...(current?.earlier ?? [])])].filter((each) => each !== hash).slice(0, EARLIER);
    const record: ListRecord = { hash, ...written, targets: list.length, by, earlier };
    try {
      if (entry === undefined) await bucket.create(LIST_KEY, encode(record));
      else await bucket.update(LIST_KEY, encode(record), entry.revision);
    } catch (error) {
      // It is not known whether it is in force.
      if (!(error instanceof Conflict)) throw error;
      // Another member has published meanwhile.
      if (!isSame) await removeParts(bucket, written);
      continue;
    }
    if (current !== undefined && !isSame) await removeParts(bucket, current);
    return 'published';
  }
}

/** `fetchList` fetches the list that an entry of `LIST_KEY` puts in force; `undefined` if parts of it are missing: there is a newer one by now. */
export async function fetchList(bucket: Bucket, { value }: Entry): Promise<{ record: ListRecord; targets: ListedTarget[] } | undefined> {
  const record = value === undefined ? undefined : readListRecord(value);
  if (record === undefined) return undefined;
  const parts = await Promise.all(Array.from({ length: record.count }, (_, at) => bucket.get(partKey(record.parts, at))));
  const bytes = parts.flatMap((part) => (part?.value === undefined ? [] : [part.value]));
  if (bytes.length < record.count) return undefined;
  return { record, targets: readList(gunzipSync(Buffer.concat(bytes)).toString()) };
}

/** One JSON text per line, each target once, in an order that does not depend on the file's. */
function textOf(list: readonly ListedTarget[]): string {
  const lines = new Map(list.map((listed) => [keyOfListed(listed), JSON.stringify({ target: listed.target, below: listed.below, label: listed.label })]));
  return [...lines].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, line]) => line).join('\n');
}

function readList(text: string): ListedTarget[] {
  return text.split('\n').flatMap((line) => {
    const parsed = parseJson(line);
    if (!isRecord(parsed) || typeof parsed.target !== 'string') return [];
    const { target, below, label } = parsed;
    return [{ target, ...(typeof below === 'string' ? { below } : {}), ...(typeof label === 'string' ? { label } : {}) }];
  });
}

/** Each list's parts have a name of their own, so that removing one list never removes parts of another. */
async function writeParts(bucket: Bucket, text: string): Promise<{ parts: string; count: number }> {
  const bytes = gzipSync(text);
  const [parts, count] = [randomBytes(8).toString('hex'), Math.ceil(bytes.length / PART_BYTES)];
  for (let at = 0; at < count; at += 1) await bucket.create(partKey(parts, at), bytes.subarray(at * PART_BYTES, (at + 1) * PART_BYTES));
  return { parts, count };
}

async function removeParts(bucket: Bucket, { parts, count }: { parts: string; count: number }): Promise<void> {
  const keys = Array.from({ length: count }, (_, at) => partKey(parts, at));
  for (const key of keys) {
    const entry = await bucket.get(key);
    if (entry !== undefined) await bucket.delete(key, entry.revision);
  }
  await bucket.forget(keys);
}

function partKey(parts: string, at: number): string {
  return `${LIST_PARTS}.${parts}.${at}`;
}
