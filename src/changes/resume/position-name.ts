import { createHash } from 'node:crypto';
import { usageError } from '../../errors.ts';

/** `checkPositionName` accepts a name that is valid for a file on every system. Throws a usage error for any other. */
export function checkPositionName(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name) && !/\.(?:lock|tmp)$/i.test(name)) return name;
  throw usageError(`"${name}" is not a valid resume name.`, 'Use letters, digits, dots, dashes and underscores, beginning with a letter or a digit.');
}

/** `defaultPositionName` makes a name from the target: readable, and different for each target (`me`, `drive-b-abc-1f3a9c2e`). */
export function defaultPositionName(target: string): string {
  const readable = target.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 60).replace(/^-|-$/g, '');
  return readable === target ? target : `${readable}-${createHash('sha256').update(target).digest('hex').slice(0, 8)}`;
}
