import { realClock, type Clock } from '../../src/surroundings.ts';

/** Real time, except that the test can skip waits. */
export interface ImpatientClock extends Clock {
  /** Ends a sleep of exactly this length, as soon as there is one. */
  skip(ms: number): Promise<void>;
  /** Sets the wall clock forward (or back), as a machine's sleep does. */
  jump(ms: number): void;
}

export function impatientClock(): ImpatientClock {
  let offset = 0;
  const sleeping = new Set<{ ms: number; end: AbortController }>();
  const wanted: { ms: number; found: () => void }[] = [];
  const match = (): void => {
    for (const wish of [...wanted]) {
      const sleeper = [...sleeping].find(({ ms }) => ms === wish.ms);
      if (sleeper === undefined) continue;
      sleeping.delete(sleeper);
      wanted.splice(wanted.indexOf(wish), 1);
      sleeper.end.abort();
      wish.found();
    }
  };
  return {
    now: () => Date.now() + offset,
    async sleep(ms, signal) {
      const sleeper = { ms, end: new AbortController() };
      sleeping.add(sleeper);
      match();
      await realClock.sleep(ms, signal === undefined ? sleeper.end.signal : AbortSignal.any([signal, sleeper.end.signal]));
      sleeping.delete(sleeper);
    },
    skip: (ms) =>
      new Promise((found) => {
        wanted.push({ ms, found });
        match();
      }),
    jump(ms) {
      offset += ms;
    },
  };
}
