import { LeaseLost, type Lease } from '../../src/cluster/lease.ts';
import type { LeasePosition } from '../../src/cluster/records.ts';
import type { ListedTarget } from '../../src/cluster/target-list.ts';

/** A lease that is controlled by the test. */
export interface FakeLease extends Lease {
  /** Every call of it, in order. */
  readonly log: string[];
  /** From now on it is uncertain who owns the target. */
  doubt(): void;
  /** This process owns it after all. */
  confirm(): void;
  lose(): void;
  /** It must be given up in order. */
  recall(reason: string): void;
}

export function fakeLease(listed: ListedTarget, stored?: LeasePosition): FakeLease {
  const [leave, lost] = [new AbortController(), new AbortController()];
  const log: string[] = [];
  let isSure = true;
  let waiting: ((held: boolean) => void)[] = [];
  const answer = (held: boolean): void => {
    const due = waiting;
    waiting = [];
    for (const resolve of due) resolve(held);
  };
  return {
    listed, stored, generation: 1, log, leave: leave.signal, lost: lost.signal,
    get held() {
      return isSure && !lost.signal.aborted;
    },
    untilHeld() {
      if (lost.signal.aborted) return Promise.resolve(false);
      return isSure ? Promise.resolve(true) : new Promise((resolve) => { waiting.push(resolve); });
    },
    commit(position) {
      if (lost.signal.aborted) return Promise.reject(new LeaseLost('another member has it'));
      log.push(`commit ${position.cursor}`);
      return Promise.resolve();
    },
    note: (state) => { log.push(state); },
    release() {
      log.push('released');
      return Promise.resolve();
    },
    failed: (reason) => { log.push(`failed: ${reason}`); },
    doubt: () => { isSure = false; },
    confirm() {
      isSure = true;
      answer(true);
    },
    lose() {
      lost.abort(new LeaseLost('another member has it'));
      answer(false);
    },
    recall: (reason) => { leave.abort(new Error(reason)); },
  };
}
