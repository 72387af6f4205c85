import { AsyncLocalStorage } from 'node:async_hooks';

const storage = new AsyncLocalStorage<string>();

/**
 * Runs `work`, during which links use this origin (`https://graph.microsoft.com`): the one that the
 * client sent its request to, if the emulator answers for more names than localhost.
 */
export function withAskedOrigin<T>(origin: string, work: () => T): T {
  return storage.run(origin, work);
}

/** Returns the origin that the request at hand was sent to; undefined outside of requests. */
export function askedOrigin(): string | undefined {
  return storage.getStore();
}
