import type { LifecycleEvent, WatchEvent } from '../events.ts';
import type { Clock } from '../surroundings.ts';

export type Gap = Extract<LifecycleEvent, { type: 'gap' }>;

export interface GapsOptions {
  target: string;
  clock: Clock;
  put: (event: WatchEvent) => void;
}

/** Gaps puts `gap` events that neither overlap nor promise what does not come: what a lost connection missed is said once delta has answered. */
export class Gaps {
  readonly #options: GapsOptions;
  #missed: Gap | undefined;
  /** Up to then (wall clock) changes were lost, and a gap has said so. */
  #lostUntil = 0;

  constructor(options: GapsOptions) {
    this.#options = options;
  }

  /** `missed` notes that notifications may have been missed. */
  missed(gap: Gap): void {
    const from = Math.min(Math.max(gap.from, this.#lostUntil), this.#missed?.from ?? Infinity);
    if (from < gap.to) this.#missed = { ...gap, from };
  }

  /** `close` puts what was noted; `catchup`: what changed meanwhile follows. */
  close({ catchup }: { catchup: boolean }): void {
    const { put, clock } = this.#options;
    if (this.#missed !== undefined) put({ ...this.#missed, time: clock.now(), ...(catchup ? { catchup } : {}) });
    this.#missed = undefined;
  }

  /** `lost` puts that changes since `from` are not reported; what a lost connection missed is lost with them. */
  lost(reason: string, from: number): void {
    const { target, clock, put } = this.#options;
    const to = clock.now();
    put({ type: 'gap', time: to, target, reason, from: Math.min(from, this.#missed?.from ?? from), to });
    this.#missed = undefined;
    this.#lostUntil = to;
  }
}
