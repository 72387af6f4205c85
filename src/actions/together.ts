import type { Act } from './action.ts';

/** Several actions as one, side by side: done when all are, failed when one is. */
export function sideBySide(acts: readonly Act[]): Act {
  return async (items, signal) => {
    const failures = (await Promise.all(acts.map((act) => act(items, signal)))).filter((failure) => failure !== undefined);
    const [first] = failures;
    if (first === undefined) return undefined;
    return { message: failures.map(({ message }) => message).join(' '), hint: first.hint };
  };
}
