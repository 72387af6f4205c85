import { usageError } from '../errors.ts';
import type { WantedTarget } from '../graph/target-words.ts';
import { readTarget } from '../graph/target-words.ts';
import { parseDuration } from '../lib/duration.ts';
import type { WatchFlags } from '../watch/options/watch-options.ts';
import type { ChangesOptions, ConnectionOptions, Duration, WatchTarget } from './options.ts';
import type { ChangeKind } from './records.ts';

/** `wantedTarget` reads the target as the command line does. Throws a usage error if it is not a target. */
export function wantedTarget(target: WatchTarget): WantedTarget {
  if (typeof target === 'string') return readTarget([target]);
  const given: unknown = target;
  if (typeof given === 'object' && given !== null) {
    if ('url' in target) return readTarget([String(target.url)]);
    if ('drive' in target) return readTarget(['drive', target.drive]);
    if ('group' in target) return readTarget(['group', target.group]);
    if ('user' in target) return readTarget(['user', target.user]);
    if ('site' in target) return readTarget(['list', target.site, target.list]);
  }
  throw usageError('Not a valid target.', 'A target is me, an address, drive:<id> and the like, or an object like { drive: <id> }.');
}

const CHANGE_KINDS = Object.keys({ created: 0, modified: 0, renamed: 0, moved: 0, deleted: 0, shared: 0, unknown: 0 } satisfies Record<ChangeKind, 0>);

const CONNECTION_OPTIONS = Object.keys({
  token: 0, graphUrl: 0, cloud: 0, ca: 0, proxy: 0, noProxy: 0, userAgent: 0, budget: 0, env: 0, redeem: 0, signal: 0, log: 0, lifecycle: 0,
} satisfies Record<keyof ConnectionOptions, 0>);
const CHANGES_OPTIONS = Object.keys({
  resume: 0, ack: 0, after: 0, since: 0, once: 0, poll: 0, index: 0, sharing: 0, recheck: 0, notifications: 0, path: 0, change: 0, only: 0, by: 0, notBy: 0, notApp: 0,
} satisfies Record<Exclude<keyof ChangesOptions, keyof ConnectionOptions>, 0>);

/** `checkNames` throws a usage error for an unknown option: a misspelled filter would let everything through. */
export function checkNames(kind: 'watch' | 'changes', options: object): void {
  const known = kind === 'changes' ? [...CONNECTION_OPTIONS, ...CHANGES_OPTIONS] : CONNECTION_OPTIONS;
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw usageError(`Unknown option "${unknown}".`, CHANGES_OPTIONS.includes(unknown) ? 'It is an option of changes(), not of watch().' : `The options are ${known.join(', ')}.`);
}

/**
 * `changeFlags` returns the flags that correspond to the options, so that both are checked by the same rules. Throws a usage error for
 * values that a command line could not have.
 */
export function changeFlags(options: ChangesOptions): WatchFlags {
  const { since, poll, recheck, only, resume, ack } = options;
  const change = list(options.change);
  for (const kind of change ?? []) if (!CHANGE_KINDS.includes(kind)) throw usageError(`"${kind}" is not a kind of change.`, `Use one of ${CHANGE_KINDS.join(', ')}.`);
  for (const [name, value, values] of [['only', only, ['files', 'folders']], ['ack', ack, ['auto', 'manual']]] as const) {
    if (value !== undefined && !(values as readonly string[]).includes(value)) throw usageError(`"${value}" is not a valid value of ${name}.`, `Use one of ${values.join(', ')}.`);
  }
  for (const name of ['path', 'by', 'notBy', 'notApp'] as const) {
    if (list<unknown>(options[name])?.some((value) => typeof value !== 'string') === true) throw usageError(`${name} must be a string or an array of strings.`);
  }
  for (const name of ['notifications', 'index', 'sharing', 'once'] as const) {
    if (!['boolean', 'undefined'].includes(typeof options[name])) throw usageError(`${name} must be a boolean.`);
  }
  for (const [name, value] of [['after', options.after], ['since', since instanceof Date ? undefined : since]] as const) {
    if (!['string', 'undefined'].includes(typeof value)) throw usageError(`${name} must be a string${name === 'since' ? ' or a Date' : ''}.`);
  }
  return withoutUndefined({
    changes: true,
    notifications: options.notifications,
    index: options.index,
    sharing: options.sharing,
    once: options.once,
    after: options.after,
    since: since instanceof Date ? isoText(since) : since,
    poll: poll === 'auto' ? poll : milliseconds(poll, 'poll'),
    recheck: milliseconds(recheck, 'recheck'),
    // Only a name among the command line's own positions counts here.
    resume: resume === undefined || typeof resume === 'string' && !isPath(resume) ? resume : true,
    path: list(options.path), change, only, by: list(options.by), notBy: list(options.notBy), notApp: list(options.notApp),
  });
}

/** `isPath` distinguishes the path of a position file from the name of one of the command line's own. */
export function isPath(resume: string): boolean {
  return /[\\/]/.test(resume);
}

function list<Value>(value: Value | readonly Value[] | undefined): Value[] | undefined {
  if (value === undefined) return undefined;
  return Array.isArray(value) ? [...value as readonly Value[]] : [value as Value];
}

function isoText(date: Date): string {
  if (Number.isNaN(date.getTime())) throw usageError('since must be a valid date.');
  return date.toISOString();
}

function milliseconds(duration: Duration | undefined, name: string): number | undefined {
  if (duration === undefined || typeof duration === 'string') return duration === undefined ? undefined : parseDuration(duration);
  if (!(duration > 0) || !Number.isFinite(duration)) throw usageError(`${name} must be a duration.`, 'Pass milliseconds, or a string such as 500ms, 90s, 5m or 1h30m.');
  return duration;
}

function withoutUndefined<Values extends object>(values: Values): { [Key in keyof Values]: Exclude<Values[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { [Key in keyof Values]: Exclude<Values[Key], undefined> };
}
