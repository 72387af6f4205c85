import { readdirSync, readFileSync } from 'node:fs';

/** How often the process is checked. */
const LOOK_MS = 250;

/**
 * Counts the time that a process has had, in milliseconds: the time by the clock without that in which it was ready to
 * run and got no processor, or in which nobody could answer it because this process got none. So a limit in it means
 * the same on a busy machine: what counts is the time that the process works, and that it waits for nothing at hand.
 * Where the kernel does not say how long it waited (Linux does), that part counts.
 */
export class OwnTime {
  #ms = 0;
  #pid;
  #waited = new Map();
  #looked = performance.now();
  #timer;
  #watchers = new Set();

  constructor(pid) {
    this.#pid = pid;
    this.#waited = waitedMs(pid);
    this.#timer = setInterval(() => { this.#look(); }, LOOK_MS);
  }

  get ms() {
    return this.#ms;
  }

  /** Resolves with the promise's value, or with `undefined` once the process has had this much more time. */
  within(ms, promise) {
    const end = this.#ms + ms;
    return new Promise((resolve, reject) => {
      const done = (how, value) => {
        this.#watchers.delete(look);
        how(value);
      };
      const look = () => { if (this.#ms >= end) done(resolve, undefined); };
      this.#watchers.add(look);
      promise.then((value) => { done(resolve, value); }, (error) => { done(reject, error); });
    });
  }

  stop() {
    clearInterval(this.#timer);
  }

  #look() {
    const now = performance.now();
    // A check that comes late shows that this process got no processor.
    const passed = Math.min(LOOK_MS, now - this.#looked);
    this.#looked = now;
    const waited = waitedMs(this.#pid);
    const most = Math.max(0, ...[...waited].map(([thread, ms]) => ms - (this.#waited.get(thread) ?? 0)));
    this.#waited = waited;
    this.#ms += Math.max(0, passed - most);
    for (const watcher of [...this.#watchers]) watcher();
  }
}

/** How long each thread of a process has been waiting for a processor since it began (Linux, sched-stats.rst). */
function waitedMs(pid) {
  const result = new Map();
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      result.set(thread, Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[1]) / 1e6);
    }
  } catch {
    // It has ended, or this is not Linux.
  }
  return result;
}
