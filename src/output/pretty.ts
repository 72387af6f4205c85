import type { ChalkInstance } from 'chalk';
import { describeDuration } from '../lib/duration.ts';
import type { WatchEvent } from '../events.ts';
import { jsonText } from './json-text.ts';
import { localTime } from './local-time.ts';
import { safeText } from './safe-text.ts';

/**
 * `prettyLine` returns one event as a line for people: local time, target, what happened, aligned, as in
 * `20:31:05  me  notification  /personal/2f7c41  7d20c4be-…`. No control character and no escape sequence from
 * elsewhere gets through. `everConnected`: whether its target has been connected before.
 */
export function prettyLine(event: WatchEvent, chalk: ChalkInstance, everConnected = true): string {
  const [verb, rest] = describe(event, chalk, everConnected);
  return `${chalk.dim(localTime(event.time))}  ${chalk.cyan(safeText(event.label ?? event.target))}  ${verb}  ${rest}\n`;
}

function describe(event: WatchEvent, chalk: ChalkInstance, everConnected: boolean): [verb: string, rest: string] {
  const verb = pad(event.type);
  switch (event.type) {
    case 'notification':
      return [chalk.bold(verb), describeData(event.data, chalk)];
    case 'change':
      return [chalk.bold(pad(event.change)), safeText(event.item.path ?? event.item.name ?? event.item.id)];
    case 'checkpoint':
      return ['', ''];
    case 'ready':
      return [chalk.green(verb), `Watching ${safeText(event.label ?? event.target)}${event.via === 'poll' ? ' by polling' : ''}; waiting for changes (Ctrl-C to stop)`];
    case 'reconnecting': {
      const retry = `${safeText(event.reason)}; retrying in ${describeDuration(event.delayMs)}${event.hint === undefined ? '' : `. ${safeText(event.hint)}`}`;
      return everConnected ? [chalk.yellow(verb), retry] : [chalk.yellow(pad('connecting')), `failed: ${retry}`];
    }
    case 'renewed':
      return [chalk.dim(verb), chalk.dim('a new endpoint took over; nothing was missed')];
    case 'gap': {
      const made = event.catchup === true ? '; the missed changes follow' : '';
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

/** `siteUrl` and `resource` identify the drive; unknown fields follow as `key=value`. */
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
