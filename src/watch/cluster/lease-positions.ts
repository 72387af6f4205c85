import type { DrivePosition, Position } from '../../changes/resume/position-store.ts';
import { usageError } from '../../errors.ts';
import type { Lease } from '../../cluster/lease.ts';

/**
 * `leasePositions` keeps the position of a leased target where the next owner finds it. Only the cursor is kept: what is known of
 * the tree stays with the owner, and whoever comes next rebuilds it. What was reported beyond the cursor is reported again, with
 * the same ids. A write rejects with `LeaseLost` once the target belongs to somebody else.
 */
export function leasePositions(lease: Lease, target: string): DrivePosition {
  let drive = lease.stored?.drive;
  const write = ({ cursor, at }: Position): Promise<void> => lease.commit({ cursor, at, drive: drive ?? '' });
  return {
    stored: lease.stored === undefined ? undefined : { position: { cursor: lease.stored.cursor, at: lease.stored.at }, index: false },
    overgrown: false,
    belongTo(found) {
      if (drive !== undefined && drive !== found) throw usageError(`The cluster's position of ${target} belongs to another drive.`, 'Are all members signed in as the same user or app? If they are, use another --cluster name.');
      drive = found;
    },
    restore: () => Promise.resolve(new Map()),
    rewrite: write,
    logIntent: () => Promise.resolve(),
    logDone: () => Promise.resolve(),
    commit: write,
    // Giving up the lease is up to whoever took it.
    close: () => Promise.resolve(),
  };
}
