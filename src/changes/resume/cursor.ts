import { usageError } from '../../errors.ts';
import { isRecord, parseJson } from '../../lib/json.ts';
import type { Position } from './position-store.ts';

/** A position together with the drive it belongs to. */
export interface DriveCursor extends Position {
  drive: string;
}

/** What every cursor begins with, so that something else is not taken for one. */
const MARK = 'gw1.';

/** A position as one word for a shell, opaque to who carries it. It is no secret: without a sign-in it opens nothing. */
export function formatCursor({ drive, cursor, at }: DriveCursor): string {
  return MARK + Buffer.from(JSON.stringify({ drive, cursor, at })).toString('base64url');
}

/** Reads what `writeCursor` wrote. Throws a usage error for anything else. */
export function parseCursor(word: string): DriveCursor {
  const text = word.trim();
  const content = text.startsWith(MARK) ? parseJson(Buffer.from(text.slice(MARK.length), 'base64url').toString()) : undefined;
  if (isRecord(content)) {
    const { drive, cursor, at } = content;
    if (typeof drive === 'string' && typeof cursor === 'string' && typeof at === 'number' && URL.canParse(cursor)) return { drive, cursor, at };
  }
  throw usageError('Not a valid cursor (or only part of one).', 'graph-watch cursor <target> prints one.');
}
