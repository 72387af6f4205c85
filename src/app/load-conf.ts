import { homedir } from 'node:os';
import process from 'node:process';
import type Conf from 'conf';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * `loadConf` loads `conf`, without the signal listeners that come with it.
 *
 * One of its dependencies (`when-exit`, which removes temporary files) answers a signal by sending
 * it again. The program has its own listeners, so it would continue to run, and take a single Ctrl-C
 * for two: the second one quits immediately, without a summary. conf writes synchronously, so a
 * signal never arrives while one of those files exists.
 */
export async function loadConf(): Promise<typeof Conf> {
  const before = new Map(SIGNALS.map((name) => [name, new Set<unknown>(process.rawListeners(name))]));
  const { default: loaded } = await withHome(() => import('conf'));
  for (const name of SIGNALS) {
    for (const listener of process.rawListeners(name)) {
      // Theirs are `once` listeners, which Node wraps; the program's own are not, and stay.
      if (before.get(name)?.has(listener) === true || !('listener' in listener)) continue;
      process.removeListener(name, listener.listener as () => void);
    }
  }
  return loaded;
}

/**
 * env-paths, which conf loads, looks up the home directory immediately, and in some containers there is
 * none. conf does not use it if it is given a folder, as it always is here; so any value will do.
 */
async function withHome<T>(load: () => Promise<T>): Promise<T> {
  const before = process.env.HOME;
  try {
    homedir();
  } catch {
    process.env.HOME = '/';
  }
  try {
    return await load();
  } finally {
    if (before === undefined) delete process.env.HOME;
    else process.env.HOME = before;
  }
}
