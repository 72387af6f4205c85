import type { Clock } from '../surroundings.ts';

/** After this long a place is given to the next: a few that hang must not delay all the others. */
export const LONGEST_HOLD_MS = 2_000;

/** Why a place is no longer held. */
const GIVEN_BACK = new Error('the place was given back');

/**
 * AttemptLimiter has a limited number of places for links that share a network: of a thousand, not all request
 * an endpoint at the same moment.
 */
export class AttemptLimiter {
  readonly #clock: Clock;
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number, clock: Clock) {
    this.#clock = clock;
    this.#free = places;
  }

  /** Resolves when there is a place, first come first served, with a function that releases it; immediately when `signal` aborts. */
  async enter(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) return () => undefined;
    if (this.#free > 0) {
      this.#free -= 1;
    } else {
      const admitted = await this.#turn(signal);
      if (!admitted) return () => undefined;
    }
    const given = new AbortController();
    const giveBack = (): void => {
      if (given.signal.aborted) return;
      given.abort(GIVEN_BACK);
      const next = this.#waiting.shift();
      // The place is passed on directly: if it were freed first, a newcomer could take it in between.
      if (next === undefined) this.#free += 1;
      else next();
    };
    void this.#clock.sleep(LONGEST_HOLD_MS, given.signal).then(giveBack);
    return giveBack;
  }

  #turn(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const enter = (): void => {
        signal.removeEventListener('abort', leave);
        resolve(true);
      };
      const leave = (): void => {
        const place = this.#waiting.indexOf(enter);
        if (place >= 0) this.#waiting.splice(place, 1);
        resolve(false);
      };
      this.#waiting.push(enter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}
