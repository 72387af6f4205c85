/**
 * Returns Node's `code` of an error (`ENOENT`). It does not use `instanceof Error`: an error may come from another
 * realm, as Node's own do under jest.
 */
export function errnoOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

export function messageOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}
