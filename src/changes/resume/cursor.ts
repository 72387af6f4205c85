import { usageError } from '../../errors.ts';
import { isRecord, parseJson } from '../../lib/json.ts';
import type { Position } from './position-store.ts';

/** DriveCursor is a position together with the drive it belongs to. */
export interface DriveCursor extends Position {
  drive: string;
}

/** What every cursor begins with, so that nothing else is taken for one. */
const MARK = 'gw1.';

/** `formatCursor` formats a position as one opaque word for a shell. It is not a secret: without a sign-in it opens nothing. */
export function formatCursor({ drive, cursor, at }: DriveCursor): string {
  return MARK + Buffer.from(JSON.stringify({ drive, cursor, at })).toString('base64url');
}

/** `parseCursor` reads what `formatCursor` wrote. Throws a usage error for anything else. */
export function parseCursor(word: string): DriveCursor {
  const text = word.trim();
  const content = text.startsWith(MARK) ? parseJson(Buffer.from(text.slice(MARK.length), 'base64url').toString()) : undefined;
  if (isRecord(content)) {
    const { drive, cursor, at } = content;
    if (typeof drive === 'string' && typeof cursor === 'string' && typeof at === 'number' && URL.canParse(cursor)) return { drive, cursor, at };
  }
  throw usageError('Not a valid cursor (or only part of one).', 'graph-watch cursor <target> prints one.');
}
