import { codeOf, toError, usageError, WatchError } from '../errors.ts';

/** `isOutOfFiles` says whether too many files are open, here or on the whole machine: that is temporary, and says nothing about the file. */
export function isOutOfFiles(thrown: unknown): boolean {
  return ['EMFILE', 'ENFILE'].includes(codeOf(thrown) ?? '');
}

/** `isSystemError` says whether the operating system refused something: `EACCES` and the like. Node's own complaints are spelled `ERR_…`. */
export function isSystemError(thrown: unknown): boolean {
  return /^E[A-Z0-9]+$/.test(codeOf(thrown) ?? '');
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file', EISDIR: 'it is a folder', EACCES: 'permission denied', ENOTDIR: 'a part of the path is not a folder', ELOOP: 'its links lead in a circle',
};

/** `whyUnreadable` says why a file cannot be read, for people; Node's message repeats the code, the call and the path. */
export function whyUnreadable(thrown: unknown): string {
  return REASONS[codeOf(thrown) ?? ''] ?? toError(thrown).message;
}

/** The codes with which Node says that it does not trust a peer's certificate (nodejs.org/api/tls.html, X509 certificate error codes). */
const UNTRUSTED: ReadonlySet<string> = new Set([
  'CERT_CHAIN_TOO_LONG', 'CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'CERT_REJECTED', 'CERT_REVOKED', 'CERT_SIGNATURE_FAILURE', 'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH', 'INVALID_CA', 'INVALID_PURPOSE', 'PATH_LENGTH_EXCEEDED',
  'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** `isUntrusted` says whether a connection failed because of the peer's certificate. */
export function isUntrusted(thrown: unknown): boolean {
  return UNTRUSTED.has(codeOf(thrown) ?? '');
}

/**
 * `refusedBySystem` runs `work`. Whatever the operating system refuses (no permission, a file where a folder
 * should be) becomes a usage error, `<what>: <why>`: the user can fix it, and it is not a bug. Anything
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

/** `ifThere` resolves with what the work on a file resolves with, or with `undefined` if there is no such file. */
export async function ifThere<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
