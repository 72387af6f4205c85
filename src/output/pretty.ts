import type { ChalkInstance } from 'chalk';
import { describeDuration } from '../lib/duration.ts';
import type { WatchEvent } from '../events.ts';
import { jsonText } from './json-text.ts';
import { localTime } from './local-time.ts';
import { safeText } from './safe-text.ts';

/**
 * `20:31:05  me  notification  /personal/2f7c41  7d20c4be-…`: local time, target, what happened,
 * aligned. Nothing from elsewhere gets a control character or an escape sequence through.
 */
export function prettyLine(event: WatchEvent, chalk: ChalkInstance): string {
  const [verb, rest] = describe(event, chalk);
  return `${chalk.dim(localTime(event.time))}  ${chalk.cyan(safeText(event.label ?? event.target))}  ${verb}  ${rest}\n`;
}

function describe(event: WatchEvent, chalk: ChalkInstance): [verb: string, rest: string] {
  const verb = pad(event.type);
  switch (event.type) {
    case 'notification':
      return [chalk.bold(verb), describeData(event.data, chalk)];
    case 'change':
      return [chalk.bold(pad(event.change)), safeText(event.item.path ?? event.item.name ?? event.item.id)];
    case 'checkpoint':
      return ['', ''];
    case 'ready':
      return [chalk.green(verb), 'connected; changes appear as they are announced'];
    case 'reconnecting':
      return [chalk.yellow(verb), `${safeText(event.reason)}; trying again in ${describeDuration(event.delayMs)}${event.hint === undefined ? '' : `. ${safeText(event.hint)}`}`];
    case 'renewed':
      return [chalk.dim(verb), chalk.dim('a new endpoint took over; nothing was missed')];
    case 'gap': {
      const made = event.catchup === true ? '; delta tells what changed' : '';
      return [chalk.yellow(verb), `notifications may have been missed from ${localTime(event.from)} to ${localTime(event.to)} (${safeText(event.reason)})${made}`];
    }
    case 'end':
      return [chalk.dim(verb), chalk.dim(safeText(event.reason))];
    case 'warning':
      return [chalk.yellow(verb), safeText(event.message)];
  }
}

/** The longest verb, so that what follows is aligned. */
const VERB_WIDTH = 'notification'.length;

function pad(verb: string): string {
  return verb.padEnd(VERB_WIDTH);
}

/** The subscription's bookkeeping, the same in every notification: NDJSON has it, people need not read it. */
const BOOKKEEPING = new Set([
  'subscriptionId', 'clientState', 'expirationDateTime', 'subscriptionExpirationDateTime', 'tenantId', 'webId', 'userId',
]);

/** `siteUrl` and `resource` are what tells one drive from another; what is not known follows as `key=value`. */
function describeData(data: unknown, chalk: ChalkInstance): string {
  if (typeof data === 'string') return safeText(data);
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return safeText(jsonText(data));
  const { siteUrl, resource, ...others } = data as Record<string, unknown>;
  const parts: string[] = [];
  if (siteUrl !== undefined) parts.push(safeText(asText(siteUrl)));
  if (resource !== undefined) parts.push(safeText(asText(resource)));
  for (const [key, value] of Object.entries(others)) {
    if (!BOOKKEEPING.has(key)) parts.push(chalk.dim(safeText(`${key}=${asText(value)}`)));
  }
  return parts.join('  ');
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : jsonText(value);
}
