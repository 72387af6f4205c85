import { LeaseLost, type Lease } from '../../cluster/lease.ts';
import type { WatchEvent } from '../../events.ts';
import { unlessAborted } from '../../lib/abort.ts';
import type { TargetStream } from '../target-stream.ts';

/**
 * `leasedStream` is a target's stream as long as the target is this process's: while that is uncertain, its events wait, and once the
 * lease is lost, nothing more comes. A checkpoint of a lost target moves nothing, and is not a failure. `signal` ends the waiting.
 */
export function leasedStream(stream: TargetStream, lease: Lease, signal: AbortSignal): TargetStream {
  async function* held(): AsyncGenerator<WatchEvent, void, undefined> {
    for await (const event of stream.events) {
      if (!lease.held && await unlessAborted(lease.untilHeld(), signal) !== true) return;
      yield event.type === 'checkpoint' ? { ...event, commit: () => unlessLost(event.commit) } : event;
    }
  }
  return {
    events: held(),
    settle: (last) => unlessLost(() => stream.settle(last)),
    close: () => stream.close(),
    get held() {
      return lease.held;
    },
    untilHeld: () => lease.untilHeld(),
    onLost: lease.lost,
    status: stream.status,
  };
}

async function unlessLost(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error;
  }
}
