import type { Clock } from '../surroundings.ts';
import { Conflict, type Bucket } from './bucket.ts';
import { targetKey } from './keys.ts';
import { LeaseLost, type Lease } from './lease.ts';
import type { Membership } from './membership.ts';
import { encode, readTarget, type LeasePosition, type LeaseState, type TargetRecord } from './records.ts';
import { keyOfListed, type ListedTarget } from './target-list.ts';

/** The pause between attempts to write while the bucket is unreachable, in milliseconds. */
const RETRY_MS = 1_000;

export interface HeldLeaseOptions {
  bucket: Bucket;
  membership: Membership;
  clock: Clock;
  listed: ListedTarget;
  /** The record as this member wrote it when it took the target, and its revision. */
  record: TargetRecord;
  revision: number;
  /** Called once the target is no longer watched here. `returned`: the bucket has it as owned by nobody. */
  onDone: (returned: boolean) => void;
}

/**
 * HeldLease is a lease that this process has taken. Each write of the target's key is conditional on the one before, so that
 * an owner whose target was taken over can write nothing, however late it learns of it. One write is under way at a time; what
 * comes meanwhile is written together.
 */
export class HeldLease implements Lease {
  listed: ListedTarget;
  readonly generation: number;
  readonly stored: LeasePosition | undefined;
  readonly #options: HeldLeaseOptions;
  readonly #key: string;
  readonly #leave = new AbortController();
  readonly #lost = new AbortController();
  #record: TargetRecord;
  #revision: number;
  /** Whether there is news that has not been written, since it is not worth a write of its own. */
  isDirty = false;
  #writing: Promise<void> = Promise.resolve();
  #queued: Promise<void> | undefined;
  /** Whether another lease of this process continues with the target. */
  #isSuperseded = false;

  constructor(options: HeldLeaseOptions) {
    const { listed, record, revision, membership } = options;
    this.#options = options;
    this.listed = listed;
    this.generation = record.generation;
    this.stored = record.position;
    this.#key = targetKey(keyOfListed(listed));
    this.#record = record;
    this.#revision = revision;
    if (membership.over.aborted) this.lose();
  }

  get leave(): AbortSignal {
    return this.#leave.signal;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get held(): boolean {
    return !this.#lost.signal.aborted && !this.#isReleased && this.#options.membership.held;
  }

  get state(): LeaseState {
    return this.#record.state;
  }

  async untilHeld(): Promise<boolean> {
    return !this.#lost.signal.aborted && !this.#isReleased && await this.#options.membership.untilHeld() && !this.#isLost;
  }

  commit(position: LeasePosition): Promise<void> {
    if (this.#isReleased) return Promise.reject(new LeaseLost('the target was given up'));
    this.#record = { ...this.#record, position };
    return this.#save();
  }

  note(state: LeaseState): void {
    if (this.#record.state === state || this.#isReleased) return;
    this.#record = { ...this.#record, state };
    this.isDirty = true;
  }

  /** `flush` writes the record if it is dirty. */
  async flush(): Promise<void> {
    // A lost lease has nothing left to write.
    if (this.isDirty) await this.#save().catch(() => undefined);
  }

  async release(): Promise<void> {
    if (this.#isReleased) return;
    this.#record = { ...this.#record, owner: undefined, state: 'starting', reason: undefined };
    const returned = await this.#save().then(() => true, () => false);
    this.#options.onDone(returned);
  }

  failed(reason: string): void {
    if (this.#isReleased) return;
    this.#record = { ...this.#record, state: 'failed', reason };
    this.isDirty = true;
    void this.flush();
    if (this.#isLost || this.#leave.signal.aborted) void this.release();
  }

  /** `revive` returns a lease with which a failed target can be watched again, since the list was published anew. This one counts as released from here on. */
  revive(): HeldLease {
    const record: TargetRecord = { ...this.#record, state: 'starting', reason: undefined };
    const again = new HeldLease({ ...this.#options, listed: this.listed, record, revision: this.#revision });
    this.#isSuperseded = true;
    // To the bucket, both are the same owner: a write that is still being tried here must not come after one of the new lease.
    again.#writing = (this.#queued ?? this.#writing).catch(() => undefined).then(() => { again.#revision = this.#revision; });
    this.giveUp('it is watched anew');
    return again;
  }

  /** `giveUp` asks the watch of the target to finish. */
  giveUp(reason: string): void {
    if (!this.#leave.signal.aborted) this.#leave.abort(new Error(reason));
  }

  lose(): void {
    if (!this.#lost.signal.aborted) this.#lost.abort(new LeaseLost('another member may be watching it now'));
  }

  /** Functions, since TypeScript would assume that an earlier answer still holds after a wait. */
  get #isLost(): boolean {
    return this.#lost.signal.aborted;
  }

  get #isReleased(): boolean {
    return this.#record.owner === undefined || this.#isSuperseded;
  }

  /** Resolves once the bucket has the current record: the waiting write sends whatever is newest when its turn comes. */
  #save(): Promise<void> {
    this.#queued ??= this.#writing.catch(() => undefined).then(() => {
      this.#queued = undefined;
      this.#writing = this.#write();
      return this.#writing;
    });
    return this.#queued;
  }

  async #write(): Promise<void> {
    const { bucket, membership, clock } = this.#options;
    let looking = false;
    while (true) {
      // Checked before every attempt: the process may have been stopped for hours since the last one.
      if (this.#isLost || !(await membership.untilHeld())) break;
      try {
        if (looking && !(await this.#look())) break;
        looking = false;
        this.isDirty = false;
        this.#revision = await bucket.update(this.#key, encode(this.#record), this.#revision);
        return;
      } catch (error) {
        looking = error instanceof Conflict;
        if (!looking) await clock.sleep(RETRY_MS, membership.over);
      }
    }
    this.lose();
    throw this.#lost.signal.reason as LeaseLost;
  }

  /** Returns whether the key's new revision is this owner's own, from a write whose answer was lost. */
  async #look(): Promise<boolean> {
    const entry = await this.#options.bucket.get(this.#key);
    const record = entry?.value === undefined ? undefined : readTarget(entry.value);
    if (entry === undefined || record?.generation !== this.generation || (record.owner !== undefined && record.owner !== this.#options.membership.id)) return false;
    this.#revision = entry.revision;
    return true;
  }
}
