import type { DriveIndex } from '../index/drive-index.ts';
import type { Step } from '../index/round.ts';

/** A place in the drive's history. */
export interface Position {
  /** A delta link, verbatim. */
  cursor: string;
  /** When it was given, by the service's clock, in milliseconds since the epoch. */
  at: number;
}

/** Where the position is kept from run to run. */
export interface PositionStore {
  /** What an earlier run left; `index`: with the whole tree. */
  readonly stored: { position: Position; index: boolean } | undefined;
  /**
   * The tree of an earlier run, or what it had told already beyond its position. Resolves with what it
   * may have told besides, by id: it was killed between telling and keeping.
   */
  restore(known: DriveIndex, onGone: (id: string) => void): Promise<Map<string, Step>>;
  /** Begins anew with this position, and with the tree where it is complete. */
  rewrite(position: Position, known: DriveIndex): Promise<void>;
  /** These steps are about to be told. */
  logIntent(steps: readonly Step[]): Promise<void>;
  /**
   * Goes on from what is there. Without a position: these steps were told, the ones behind them not.
   * With one, so many of the latest intentions (`ahead`) are of rounds that lie beyond it.
   */
  append(steps: readonly Step[], position?: Position, ahead?: number): Promise<void>;
  /** Has it grown so far that it should be rewritten? */
  readonly overgrown: boolean;
  close(): Promise<void>;
}
