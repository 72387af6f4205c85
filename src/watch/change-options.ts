import { checkPositionName, defaultPositionName } from '../changes/resume/position-name.ts';
import { parseCursor, type DriveCursor } from '../changes/resume/cursor.ts';
import { parseDuration } from '../lib/duration.ts';
import { usageError } from '../errors.ts';

/** The flags of `watch` that are about changes, as commander gives them. */
export interface ChangeFlags {
  changes?: boolean;
  notifications?: boolean;
  index?: boolean;
  /** True without a name. */
  resume?: string | true;
  after?: string;
  since?: string;
  /** Milliseconds. */
  poll?: number;
}

/** What was asked for with `--changes` and its kin, checked. */
export interface ChangeOptions {
  notifications: boolean;
  index: boolean;
  resume: string | true | undefined;
  after: DriveCursor | undefined;
  /** RFC 3339 or a duration; read when the watch starts. */
  since: string | undefined;
  pollMs: number | undefined;
}

/** `undefined` where notifications are watched. Throws a usage error for what cannot be, or not together. */
export function changeOptions(flags: ChangeFlags): ChangeOptions | undefined {
  const { changes, notifications = false, index = false, resume, after, since, poll } = flags;
  // Each of the others makes sense with changes only.
  const wanted = changes === true || notifications || index || [resume, after, since, poll].some((flag) => flag !== undefined);
  if (!wanted) return undefined;
  if (after !== undefined && since !== undefined) throw usageError('--after and --since both say where to start: give one of them.');
  if (notifications && poll !== undefined) throw usageError('With --poll there are no notifications to print.');
  if (typeof resume === 'string') checkPositionName(resume);
  if (since !== undefined) sinceTime(since, 0);
  return { notifications, index, resume, after: after === undefined ? undefined : parseCursor(after), since, pollMs: poll };
}

/** `2h` before now, or an RFC 3339 time, in milliseconds since the epoch. Throws a usage error for anything else. */
export function sinceTime(text: string, now: number): number {
  if (/^\d{4}-\d\d-\d\d/.test(text)) {
    // Without a zone it would be read in this machine's.
    const whole = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|z|[+-]\d\d:\d\d)$/.test(text);
    const time = whole ? Date.parse(text) : Number.NaN;
    if (!Number.isNaN(time)) return time;
    throw usageError(`"${text}" is no time.`, 'Write it like 2026-05-11T20:00:00Z, or like 2h for two hours ago.');
  }
  try {
    return now - parseDuration(text);
  } catch {
    throw usageError(`"${text}" is neither a time nor a duration.`, 'Write it like 2026-05-11T20:00:00Z, or like 2h for two hours ago.');
  }
}

/** The name of a target's position: the one given, or made from the target. With many targets each has its own. */
export function positionName(resume: string | true, target: string, many: boolean): string {
  if (resume === true) return defaultPositionName(target);
  return many ? checkPositionName(`${resume}.${defaultPositionName(target)}`) : resume;
}
