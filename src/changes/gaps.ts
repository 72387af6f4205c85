import type { LifecycleEvent, WatchEvent } from '../events.ts';
import type { Clock } from '../surroundings.ts';

export type Gap = Extract<LifecycleEvent, { type: 'gap' }>;

export interface GapsOptions {
  target: string;
  clock: Clock;
  put: (event: WatchEvent) => void;
}

/** Gaps queues `gap` events that neither overlap nor promise what does not come: what a lost connection missed is reported once delta has answered. */
export class Gaps {
  readonly #options: GapsOptions;
  #missed: Gap | undefined;
  /** Changes up to this time (wall clock) were lost, and a gap has reported it. */
  #lostUntil = 0;

  constructor(options: GapsOptions) {
    this.#options = options;
  }

  /** `missed` records that notifications may have been missed. */
  missed(gap: Gap): void {
    const from = Math.min(Math.max(gap.from, this.#lostUntil), this.#missed?.from ?? Infinity);
    if (from < gap.to) this.#missed = { ...gap, from };
  }

  /** `close` queues what was recorded; `catchup`: the missed changes follow. */
  close({ catchup }: { catchup: boolean }): void {
    const { put, clock } = this.#options;
    if (this.#missed !== undefined) put({ ...this.#missed, time: clock.now(), ...(catchup ? { catchup } : {}) });
    this.#missed = undefined;
  }

  /** `lost` queues a gap for changes since `from`, which are not reported; what a lost connection missed is lost with them. */
  lost(reason: string, from: number): void {
    const { target, clock, put } = this.#options;
    const to = clock.now();
    put({ type: 'gap', time: to, target, reason, from: Math.min(from, this.#missed?.from ?? from), to });
    this.#missed = undefined;
    this.#lostUntil = to;
  }
}
