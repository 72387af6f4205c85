import type { ChangeEvent, WatchEvent } from '../events.ts';
import type { Clock } from '../surroundings.ts';
import type { DriveIndex } from './index/drive-index.ts';
import { lastSteps, type Step } from './index/round.ts';
import type { Position, PositionStore } from './resume/position-store.ts';

export interface CheckpointsOptions {
  target: string;
  clock: Clock;
  signal: AbortSignal;
  positions?: PositionStore | undefined;
  put: (event: WatchEvent) => void;
}

/** Reported is a change together with its effect on the index. */
export interface Reported {
  event: ChangeEvent;
  step: Step;
}

/** Checkpoints queues changes, and after them checkpoints: once these are handled, the position moves past what they cover. */
export class Checkpoints {
  readonly #options: CheckpointsOptions;
  /** Changes that were put and that no checkpoint covers yet. */
  #pending: Reported[] = [];
  /** How many rounds were about to be reported. While a reader is slow, there are some beyond the one that a checkpoint covers. */
  #intended = 0;

  constructor(options: CheckpointsOptions) {
    this.#options = options;
  }

  /** Whether the stored position has grown so much that it should be rewritten. */
  get overgrown(): boolean {
    return this.#options.positions?.overgrown === true;
  }

  /** `put` queues the changes of one round, once it is recorded that they may be reported. */
  async put(round: readonly Reported[]): Promise<void> {
    const { positions, put } = this.#options;
    if (positions !== undefined && round.length > 0) {
      this.#intended += 1;
      await positions.logIntent(round.map(({ step }) => step));
      // Not as arguments: a round may have more of them than the stack takes.
      for (const each of round) this.#pending.push(each);
    }
    for (const { event } of round) put(event);
  }

  /** `commit` queues a checkpoint that moves the position, with these steps. */
  async commit(position: Position, steps: readonly Step[]): Promise<void> {
    const { positions } = this.#options;
    const covered = this.#intended;
    if (positions !== undefined) await this.#checkpoint(() => positions.commit(position, steps, this.#intended - covered), false);
  }

  /** `rewrite` queues a checkpoint that rewrites position and index; resolves once it has been handled, since the index must not change meanwhile. */
  async rewrite(position: Position, index: DriveIndex): Promise<void> {
    const { positions } = this.#options;
    if (positions !== undefined) await this.#checkpoint(() => positions.rewrite(position, index), true);
  }

  /** `settle` records that everything up to and including this event was accepted. */
  async settle(last: WatchEvent): Promise<void> {
    const end = this.#pending.findIndex(({ event }) => event === last) + 1;
    const steps = lastSteps(this.#pending.splice(0, end).map(({ step }) => step));
    if (steps.length > 0) await this.#options.positions?.logDone(steps);
  }

  async #checkpoint(write: () => Promise<void>, wait: boolean): Promise<void> {
    const { target, clock, signal, put } = this.#options;
    const covered = this.#pending.at(-1)?.event;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      const commit = async (): Promise<void> => {
        this.#pending.splice(0, this.#pending.findIndex(({ event }) => event === covered) + 1);
        await write();
        done();
      };
      put({ type: 'checkpoint', time: clock.now(), target, commit });
      if (wait) signal.addEventListener('abort', done);
      if (!wait || signal.aborted) done();
    });
  }
}
