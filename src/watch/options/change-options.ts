import { checkPositionName, defaultPositionName } from '../../changes/resume/position-name.ts';
import { parseCursor, type DriveCursor } from '../../changes/resume/cursor.ts';
import { QUERY_FLOOR_MS } from '../../changes/query-floor.ts';
import { describeDuration, parseDuration } from '../../lib/duration.ts';
import { usageError } from '../../errors.ts';

/** ChangeFlags are the flags of `watch` for changes, as commander gives them. */
export interface ChangeFlags {
  changes?: boolean;
  notifications?: boolean;
  index?: boolean;
  sharing?: boolean;
  /** Milliseconds. */
  recheck?: number;
  /** True without a name. */
  resume?: string | true;
  after?: string;
  since?: string;
  /** Milliseconds, or as often as the budget allows. */
  poll?: number | 'auto';
  once?: boolean;
}

/** ChangeOptions are the checked flags for changes. */
export interface ChangeOptions {
  notifications: boolean;
  /** List the whole drive first, or never; unless given, in the background if there is a single target. */
  index: boolean | undefined;
  /** Report changes of sharing and permissions, too. */
  sharing: boolean;
  recheckMs: number | undefined;
  resume: string | true | undefined;
  after: DriveCursor | undefined;
  /** RFC 3339 or a duration; read when the watch starts. */
  since: string | undefined;
  /** Milliseconds, or as often as the budget allows. */
  poll: number | 'auto' | undefined;
  /** Report only what has happened by now, and end. */
  once: boolean;
}

/** CHANGES_FROM_NOW is what `--changes` alone means. */
export const CHANGES_FROM_NOW: ChangeOptions = { notifications: false, index: undefined, sharing: false, recheckMs: undefined, resume: undefined, after: undefined, since: undefined, poll: undefined, once: false };

/** `changeOptions` checks the flags; `undefined` if only notifications are watched. Throws a usage error for invalid values and combinations. */
export function changeOptions(flags: ChangeFlags): ChangeOptions | undefined {
  const { changes, notifications = false, index, sharing = false, recheck, resume, after, since, poll, once = false } = flags;
  // Each of the others makes sense only with changes.
  const wanted = changes === true || notifications || index === true || sharing || once || [recheck, resume, after, since, poll].some((flag) => flag !== undefined);
  if (!wanted) return undefined;
  if (after !== undefined && since !== undefined) throw usageError('--after and --since both say where to start: use only one of them.');
  if (typeof poll === 'number' && poll < QUERY_FLOOR_MS) throw usageError(`--poll ${describeDuration(poll)} is too frequent.`, `Use at least ${describeDuration(QUERY_FLOOR_MS)}.`);
  if (notifications && poll !== undefined) throw usageError('With --poll there are no notifications to print.');
  if (recheck !== undefined && recheck < SHORTEST_RECHECK_MS) throw usageError(`--recheck ${describeDuration(recheck)} is too frequent: it lists the whole drive.`, `Use at least ${describeDuration(SHORTEST_RECHECK_MS)}.`);
  if (recheck !== undefined && !index) throw usageError('--recheck needs a full index to compare the drive with.', 'Add --index.');
  if (once && recheck !== undefined) throw usageError('--once runs only once, but --recheck keeps checking.', 'Use only one of them.');
  if (once && poll !== undefined) throw usageError('--once queries only once, but --poll keeps querying.', 'Use only one of them.');
  if (once && notifications) throw usageError('With --once there is no connection, so there are no notifications to print.', 'Remove --notifications.');
  if (once && resume === undefined && after === undefined && since === undefined) throw usageError('--once needs a starting point.', ONCE_HINT);
  if (typeof resume === 'string') checkPositionName(resume);
  if (since !== undefined) sinceTime(since, 0);
  return { notifications, index, sharing, recheckMs: recheck, resume, after: after === undefined ? undefined : parseCursor(after), since, poll, once };
}

/** For anything more frequent, polling is the better choice. */
const SHORTEST_RECHECK_MS = 5 * 60_000;

const ONCE_HINT = 'Add --resume (since the last run with --resume), --since 1h (business and SharePoint drives), or --after <cursor>.';

/** `sinceTime` reads `2h` as that long before now, or an RFC 3339 time, in milliseconds since the epoch. Throws a usage error for anything else. */
export function sinceTime(text: string, now: number): number {
  if (/^\d{4}-\d\d-\d\d/.test(text)) {
    // Without a zone it would be read in this machine's.
    const whole = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|z|[+-]\d\d:\d\d)$/.test(text);
    const time = whole ? Date.parse(text) : Number.NaN;
    if (!Number.isNaN(time)) return time;
    throw usageError(`"${text}" is not a valid time.`, SINCE_HINT);
  }
  const agoMs = durationIn(text);
  if (agoMs === undefined) throw usageError(`"${text}" is neither a time nor a duration.`, SINCE_HINT);
  if (agoMs > LONGEST_AGO_MS) throw usageError(`"${text}" is too long ago.`, SINCE_HINT);
  return now - agoMs;
}

/** No drive is older, and a time long before that may be out of range. In milliseconds. */
const LONGEST_AGO_MS = 36_525 * 24 * 3_600_000;
const SINCE_HINT = 'Write it like 2026-05-11T20:00:00Z, or like 2h for two hours ago.';

function durationIn(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch {
    return undefined;
  }
}

/** `positionName` returns the name of a target's position: the one given, or one made from the target. With many targets each has its own. */
export function positionName(resume: string | true, target: string, many: boolean): string {
  if (resume === true) return defaultPositionName(target);
  return many ? checkPositionName(`${resume}.${defaultPositionName(target)}`) : resume;
}
