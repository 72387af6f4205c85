/** The position of a delta token in the change log. */
export interface Cursor {
  /** Everything up to this sequence was delivered. */
  sequence: number;
  /** The head of the log when an enumeration began: the client needs no deletions up to there. */
  start: number;
  /** The sequence that the client had when this run of pages began; 0 for an enumeration. */
  since: number;
  /** Items of the previous page that are repeated on this one. */
  repeat: readonly string[];
}

/**
 * Writes a cursor as a token. It is opaque to clients, and contains characters that have to survive in a URL.
 * `generation` identifies the run: the log does not survive a restart, so older tokens are too old.
 */
export function tokenOf({ sequence, start, since, repeat }: Cursor, generation: string): string {
  const text = [generation, sequence, start, since, ...repeat].join(';');
  return Buffer.from(text).toString('base64').replaceAll('/', '_');
}

/** Returns undefined for a token of another run, or nonsense. */
export function cursorOf(token: string, generation: string): Cursor | undefined {
  const [written, sequence, start, since, ...repeat] = Buffer.from(token.replaceAll('_', '/'), 'base64').toString().split(';');
  if (written !== generation) return undefined;
  const cursor = { sequence: Number(sequence), start: Number(start), since: Number(since), repeat };
  return [cursor.sequence, cursor.start, cursor.since].every(Number.isInteger) ? cursor : undefined;
}
