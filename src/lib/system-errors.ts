import { codeOf, toError, usageError, WatchError } from '../errors.ts';

/** `isOutOfFiles` says whether too many files are open, here or on the whole machine: that passes, and says nothing about the file. */
export function isOutOfFiles(thrown: unknown): boolean {
  return ['EMFILE', 'ENFILE'].includes(codeOf(thrown) ?? '');
}

/** `isSystemError` says whether the operating system refused something: `EACCES` and the like. Node's own complaints are spelled `ERR_…`. */
export function isSystemError(thrown: unknown): boolean {
  return /^E[A-Z0-9]+$/.test(codeOf(thrown) ?? '');
}

/**
 * `refusedBySystem` runs `work`. Whatever the operating system refuses (no permission, a file where a folder
 * should be) becomes a usage error, `<what>: <why>`: the user can put it right, and it is not a bug. Anything
 * else is rethrown unchanged.
 */
export async function refusedBySystem<T>(what: string, hint: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WatchError || !isSystemError(error)) throw error;
    throw usageError(`${what}: ${toError(error).message}`, hint);
  }
}
