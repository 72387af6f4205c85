import { codeOf, toError, usageError, WatchError } from '../errors.ts';

/**
 * Runs `work`. What the operating system refuses it (no permission, a file where a folder should be)
 * becomes a usage error, `<what>: <why>`: the user's to put right, and no bug. All else stays what it is.
 */
export async function refusedBySystem<T>(what: string, hint: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // `EACCES` and the like; Node's own complaints about its callers are spelled `ERR_…`.
    if (error instanceof WatchError || !/^E[A-Z0-9]+$/.test(codeOf(error) ?? '')) throw error;
    throw usageError(`${what}: ${toError(error).message}`, hint);
  }
}
