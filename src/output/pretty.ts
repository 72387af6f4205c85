import type { ChalkInstance } from 'chalk';
import { describeDuration } from '../lib/duration.ts';
import type { ChangeEvent, CheckpointEvent, IndexingEvent, NotificationEvent, WatchEvent } from '../events.ts';
import { jsonText } from './json-text.ts';
import { localMoment, localTime } from './local-time.ts';
import { safeText } from './safe-text.ts';

export interface PrettyOptions {
  chalk: ChalkInstance;
  /** Milliseconds since the epoch: another day's time is shown with its date. */
  now: number;
  /** With several drives: which one, as the line names it. */
  target?: string | undefined;
  /** Whether its target has been connected before. */
  everConnected?: boolean;
  /** The event is from a recording: nothing is being watched now. */
  recorded?: boolean;
  /** What people call the drive, if that is known: `Ada Lovelace's OneDrive`. */
  name?: string | undefined;
  /** Fits the text after time and verb onto the screen; default: in full, however long. */
  fit?: Fit | undefined;
}

/** Fit returns the first of several wordings that fits after `before`; otherwise the last, cut at its end, or broken into lines. */
export type Fit = (before: string, texts: readonly string[], how: 'cut' | 'break') => string;

/** What has a line of its own here; changes have columns (see `ChangeLines`). */
export type PrettyEvent = Exclude<WatchEvent, ChangeEvent | CheckpointEvent>;

/**
 * `prettyLine` returns one event as a line for people: local time, target (of several), what happened, as in
 * `20:31:05  ready     Watching Ada Lovelace's OneDrive; waiting for changes (Ctrl-C to stop)`. No control character
 * and no escape sequence from elsewhere gets through.
 */
export function prettyLine(event: PrettyEvent, options: PrettyOptions): string {
  const { chalk, now, target, everConnected = true, recorded = false, name, fit = (_before, [text = '']) => text } = options;
  const called = safeText(name ?? event.label ?? event.target);
  const [verb, ...texts] = describe(event, called, { everConnected, recorded });
  const time = localMoment(event.time, now);
  const before = `${time}  ${target === undefined ? '' : `${target}  `}`;
  const padded = verb.padEnd(VERB_WIDTH);
  const how = event.type === 'notification' || event.type === 'ready' ? 'cut' : 'break';
  return `${before}${paint(event, chalk)(padded)}  ${fit(`${before}${padded}  `, texts, how)}\n`;
}

/** `modified`, in the lines of changes: what follows is aligned with them. */
const VERB_WIDTH = 8;

/** `describe` returns the verb, and what follows it: in full, and shorter for a narrow terminal, where that makes sense. */
export function describe(event: PrettyEvent, called: string, { everConnected, recorded = false }: { everConnected: boolean; recorded?: boolean }): [verb: string, ...texts: [string, ...string[]]] {
  switch (event.type) {
    case 'notification':
      return [event.type, describeNotification(event, called)];
    case 'ready': {
      const watching = `Watching ${called}${event.via === 'poll' ? ' by polling' : ''}`;
      if (recorded) return [event.type, watching];
      return [event.type, `${watching}; waiting for changes (Ctrl-C to stop)`, `${watching}; waiting for changes`, watching];
    }
    case 'reconnecting': {
      const retry = `${safeText(event.reason).replace(/\.$/, '')}; retrying in ${describeDuration(event.delayMs)}${event.hint === undefined ? '' : `. ${safeText(event.hint)}`}`;
      return everConnected ? [event.type, retry] : ['connecting', `failed: ${retry}`];
    }
    case 'renewed':
      return [event.type, 'a new endpoint took over; nothing was missed'];
    case 'gap': {
      const made = event.catchup === true ? '; the missed changes follow' : '';
      // A gap can begin days ago, with the position of the last run.
      const from = localMoment(event.from, event.to);
      return [event.type, `notifications may have been missed from ${from} to ${localTime(event.to)} (${safeText(event.reason)})${made}`];
    }
    case 'end':
      return [event.type, safeText(event.reason)];
    case 'indexing':
      return describeIndexing(event);
    case 'warning':
      return [event.type, safeText(event.message)];
  }
}

/** Colors that are readable on black and on white: no yellow, no dim text. */
function paint({ type }: PrettyEvent, chalk: ChalkInstance): ChalkInstance {
  switch (type) {
    case 'ready':
    case 'indexing':
      return chalk.green;
    case 'reconnecting':
    case 'gap':
    case 'warning':
      return chalk.magenta;
    case 'notification':
    case 'renewed':
    case 'end':
      return chalk.bold;
  }
}

function describeIndexing({ stage, items, unnamed, reason = '' }: IndexingEvent): [verb: string, ...texts: [string, ...string[]]] {
  const count = `${items.toLocaleString('en-US')} ${items === 1 ? 'item' : 'items'}`;
  if (stage === 'listing') return ['indexing', count];
  if (stage === 'incomplete') return ['not indexed', `${safeText(reason)}; renames, moves and deletions may lack their previous names (--index lists the whole drive first)`];
  const before = unnamed === 0 ? '' : `; ${unnamed === 1 ? '1 earlier change' : `${unnamed} earlier changes`} may lack them (--index lists the whole drive first)`;
  return ['indexed', `${count}: renames, moves and deletions have their previous names from now on${before}`];
}

/** The subscription's bookkeeping, the same in every notification, and ids: NDJSON has them, people need not read them. */
const BOOKKEEPING = new Set([
  'subscriptionId', 'clientState', 'expirationDateTime', 'subscriptionExpirationDateTime', 'tenantId', 'webId', 'userId', 'resource', 'siteUrl',
]);

/** Whose drive changed; unknown fields follow as `key=value`. */
function describeNotification({ data }: NotificationEvent, called: string): string {
  if (typeof data === 'string') return safeText(data);
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return safeText(jsonText(data));
  const others = Object.entries(data).filter(([key]) => !BOOKKEEPING.has(key));
  return [`${called} changed`, ...others.map(([key, value]) => safeText(`${key}=${typeof value === 'string' ? value : jsonText(value)}`))].join('  ');
}
