import type { DriveIndex } from '../index/drive-index.ts';
import type { Step } from '../index/round.ts';

/** Position is a place in the drive's history. */
export interface Position {
  /** A delta link, verbatim. */
  cursor: string;
  /** When it was given, by the service's clock, in milliseconds since the epoch. */
  at: number;
}

/** PositionStore keeps the position from run to run. */
export interface PositionStore {
  /** What an earlier run left; `index`: with the whole tree, and not only a part of it. */
  readonly stored: { position: Position; index: boolean } | undefined;
  /**
   * Puts what an earlier run knew of the tree into `known`, with what it had reported beyond its position: `onReported` gets these steps. Resolves with
   * what else it may have reported, by id: it was killed between reporting and recording.
   */
  restore(known: DriveIndex, onReported: (step: Step) => void): Promise<Map<string, Step>>;
  /** Rewrites it with this position, and with the tree as far as it is known. */
  rewrite(position: Position, known: DriveIndex): Promise<void>;
  /** Records that these steps are about to be reported. */
  logIntent(steps: readonly Step[]): Promise<void>;
  /** Records that these steps were reported, beyond the position: a round was cut short. */
  logDone(steps: readonly Step[]): Promise<void>;
  /**
   * Moves the position: everything up to it was reported, and these steps are its effect on the tree. `ahead`: how
   * many of the latest intentions belong to rounds beyond it.
   */
  commit(position: Position, steps: readonly Step[], ahead: number): Promise<void>;
  /** Whether it has grown so much that it should be rewritten. */
  readonly overgrown: boolean;
  close(): Promise<void>;
}

/** DrivePosition is a PositionStore for one drive. */
export interface DrivePosition extends PositionStore {
  /** What was stored could not be read: where it is now, and when it was last written. */
  readonly damaged?: { path: string; writtenAt: number } | undefined;
  /** Sets the drive that the position belongs to. Throws a usage error if it is another drive's. */
  belongTo(drive: string): void;
}
