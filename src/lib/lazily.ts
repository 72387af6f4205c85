/**
 * `lazily` returns a function that does the work when it is called for the first time, and shares its result with later
 * callers. After a failure (descriptors may be short for a moment), the next call does the work again.
 */
export function lazily<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= work().catch((error: unknown) => {
    result = undefined;
    throw error;
  }));
}
