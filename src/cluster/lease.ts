import type { LeasePosition, LeaseState } from './records.ts';
import type { ListedTarget } from './target-list.ts';

/** Lease is the right of this process to watch one target, and to move its position. */
export interface Lease {
  /** The target; its label may change while the lease is held. */
  readonly listed: ListedTarget;
  /** How often the target has changed hands, this time included. */
  readonly generation: number;
  /** The position that the previous owner left. */
  readonly stored: LeasePosition | undefined;
  /** Aborted when the target has to be handed over: finish, and then `release`. Its reason is an `Error` whose message people can read. */
  readonly leave: AbortSignal;
  /** Aborted when it belongs to somebody else: nothing may be reported any longer. Its reason is `LeaseLost`. */
  readonly lost: AbortSignal;
  /** Whether something may be reported now. Check it before each event: it notices at once that the process was suspended, or that the bucket was unreachable for too long. */
  readonly held: boolean;
  /** Resolves with `true` once something may be reported (again), with `false` if the lease is lost. */
  untilHeld(): Promise<boolean>;
  /** Moves the position; resolves once the bucket has it, waiting out an unreachable bucket. Rejects with `LeaseLost` if it was not written and never will be. */
  commit(position: LeasePosition): Promise<void>;
  /** Records how the target is doing. It is written soon, or with the next position. */
  note(state: LeaseState): void;
  /** Gives it up: the position stays, and others may take the target at once. Resolves once the bucket has it, or the lease is lost. */
  release(): Promise<void>;
  /** Keeps the lease without watching, since the target failed for good, so that nobody tries again before the list is published anew. */
  failed(reason: string): void;
}

/** LeaseLost says that a target belongs to another member now. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}
