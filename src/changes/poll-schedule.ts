import type { Clock } from '../surroundings.ts';

/** The least time between two queries of one drive with `--poll auto`, in milliseconds. */
export const AUTO_LEAST_MS = 5_000;
/** For this long after a change, in milliseconds, a drive is queried more often: people who save once save again. */
export const ACTIVE_MS = 10 * 60_000;
/** The part of the budget that queries take: the rest is for folders that have to be looked up, and for further pages. */
const SHARE = 0.8;
/** The part of it that is divided equally among all drives, so that none waits longer than twice its fair interval. */
const FOR_ALL = 0.5;
/** How much earlier or later than planned a query may come: drives that began together must not stay together. */
const SPREAD = 0.1;

export interface PollScheduleOptions {
  clock: Clock;
  /** Uniform in [0, 1). */
  random: () => number;
  /** The budget in resource units per minute; a query of a drive where nothing happened costs one. */
  unitsPerMinute: () => number;
}

/** PollPace says when one drive is queried again. */
export interface PollPace {
  /** Returns the milliseconds until then, given whether the last query found changes (undefined: there was none yet). */
  next(found?: boolean): number;
  /** `leave` ends the polling of the drive. */
  leave(): void;
}

/** `fixedPace` returns the pace of a fixed interval. */
export function fixedPace(pollMs: number): PollPace {
  return { next: () => pollMs, leave: () => undefined };
}

/**
 * PollSchedule divides the budget of a process among the drives that it polls: the more there are, the less often each is
 * queried. Half of it goes to all drives alike, the other half to those that changed in the last ten minutes; what these
 * cannot use, since no drive is queried more often than every 5 seconds, goes back to the others.
 */
export class PollSchedule {
  readonly #options: PollScheduleOptions;
  readonly #drives = new Set<object>();
  /** Until when a drive counts as active, by the wall clock; those that changed last come last. The others are not looked at: there may be ten thousand. */
  readonly #active = new Map<object, number>();

  constructor(options: PollScheduleOptions) {
    this.#options = options;
  }

  join(): PollPace {
    const { clock, random } = this.#options;
    const drive = {};
    this.#drives.add(drive);
    return {
      next: (found) => {
        const now = clock.now();
        if (found === true) {
          this.#active.delete(drive);
          this.#active.set(drive, now + ACTIVE_MS);
        }
        const { active, asleep } = this.intervals();
        const ms = this.#isActive(this.#active.get(drive) ?? 0, now) ? active : asleep;
        // The first query comes anywhere within the interval.
        return Math.round(found === undefined ? ms * random() : ms * (1 + SPREAD * (2 * random() - 1)));
      },
      leave: () => {
        this.#drives.delete(drive);
        this.#active.delete(drive);
      },
    };
  }

  /** How often drives are queried now, in milliseconds: those that changed lately, and those that did not. */
  intervals(): { active: number; asleep: number } {
    const now = this.#options.clock.now();
    const all = Math.max(1, this.#drives.size);
    for (const [drive, until] of this.#active) {
      if (this.#isActive(until, now)) break;
      this.#active.delete(drive);
    }
    const active = this.#active.size;
    const most = 1 / AUTO_LEAST_MS;
    const perMs = (this.#options.unitsPerMinute() * SHARE) / 60_000;
    const fair = Math.min(most, (FOR_ALL * perMs) / all);
    const activeRate = Math.min(most, fair + ((1 - FOR_ALL) * perMs) / Math.max(1, active));
    const asleepRate = Math.min(most, (perMs - active * activeRate) / Math.max(1, all - active));
    return { active: 1 / activeRate, asleep: 1 / Math.max(fair, asleepRate) };
  }

  /** A clock that was set back must not keep a drive active for hours. */
  #isActive(until: number, now: number): boolean {
    return until > now && until <= now + ACTIVE_MS;
  }
}
