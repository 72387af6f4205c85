/**
 * What can be read off a thrown value, by its fields alone: file system errors come from Node's own
 * realm, where `instanceof Error` says no under jest.
 */
interface Thrown {
  code?: unknown;
  message?: unknown;
}

/** Node's error code: `ENOENT`. */
export function systemCode(thrown: unknown): string | undefined {
  const code = (thrown as Thrown | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** Too many files are open, here or on the whole machine: that passes, and says nothing about the file. */
export function isOutOfFiles(thrown: unknown): boolean {
  return ['EMFILE', 'ENFILE'].includes(systemCode(thrown) ?? '');
}

export function messageOf(thrown: unknown): string {
  const message = (thrown as Thrown | null | undefined)?.message;
  return typeof message === 'string' ? message : String(thrown);
}
