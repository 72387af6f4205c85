import { unlessAborted } from '../lib/abort.ts';
import type { Clock } from '../surroundings.ts';
import { Conflict, type Bucket } from './bucket.ts';
import { HeldLease } from './held-lease.ts';
import { memberKey, targetKey } from './keys.ts';
import type { Lease } from './lease.ts';
import type { Membership } from './membership.ts';
import { encode, readTarget, type TargetRecord } from './records.ts';
import type { Roster } from './roster.ts';
import type { ListedTarget } from './target-list.ts';

/** How many targets may be in the process of being taken at once. */
const CLAIMS_AT_ONCE = 64;
/** How many notes may be written at once: after a start there is one for each target, and positions must not wait behind them all. */
const NOTES_AT_ONCE = 8;
const RETRY_MS = 1_000;

export interface HoldingsOptions {
  bucket: Bucket;
  membership: Membership;
  roster: Roster;
  clock: Clock;
  onTaken: (lease: Lease) => void;
  /** Called whenever there may be nothing left to take. */
  onSettled: () => void;
}

/**
 * Holdings are the targets that a member has, and those that it is taking or waiting for. A target is taken if nobody owns it, or its
 * owner's member key is gone: once that key is deleted, nothing that the owner does counts any longer.
 */
export class Holdings {
  readonly #options: HoldingsOptions;
  readonly #leases = new Map<string, HeldLease>();
  /** What this member should have. */
  #wanted: ReadonlyMap<string, ListedTarget> = new Map();
  readonly #due = new Set<string>();
  readonly #claiming = new Set<string>();
  /** Targets that other members still have, by owner. */
  readonly #waiting = new Map<string, Set<string>>();
  released = 0;

  constructor(options: HoldingsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#leases.size;
  }

  get failed(): number {
    return [...this.#leases.values()].filter(({ state }) => state === 'failed').length;
  }

  /** Whether it has all that it should have, and nothing else. */
  get isSettled(): boolean {
    return this.#due.size === 0 && this.#claiming.size === 0 && this.#waiting.size === 0 && [...this.#leases.keys()].every((key) => this.#wanted.has(key));
  }

  /** Gives up what is not wanted, for the reason that `whyNot` returns, and takes what is. */
  want(wanted: ReadonlyMap<string, ListedTarget>, whyNot: (key: string) => string): void {
    this.#wanted = wanted;
    for (const [key, lease] of this.#leases) {
      const listed = wanted.get(key);
      if (listed === undefined) this.#giveUp(lease, whyNot(key));
      else lease.listed = listed;
    }
    for (const keys of [this.#due, ...this.#waiting.values()]) for (const key of keys) if (!wanted.has(key)) keys.delete(key);
    this.#tidy();
    const waiting = new Set([...this.#waiting.values()].flatMap((keys) => [...keys]));
    for (const key of wanted.keys()) if (!this.#leases.has(key) && !this.#claiming.has(key) && !waiting.has(key)) this.#due.add(key);
    this.#work();
  }

  /** Retries the targets that failed. */
  revive(): void {
    for (const [key, lease] of this.#leases) {
      if (lease.state !== 'failed' || lease.leave.aborted) continue;
      const again = lease.revive();
      this.#leases.set(key, again);
      this.#options.onTaken(again);
    }
  }

  /** Checks again whether the targets that `owner` still has are free; without `owner`, those that any other member has. */
  retry(owner?: string): void {
    for (const [id, keys] of this.#waiting) {
      if (owner !== undefined && id !== owner) continue;
      this.#waiting.delete(id);
      for (const key of keys) this.#due.add(key);
    }
    this.#work();
  }

  /** Writes the leases' news that was not worth a write of its own, a few at a time. */
  async flush(): Promise<void> {
    const leases = this.#leases.values();
    await Promise.all(Array.from({ length: NOTES_AT_ONCE }, async () => {
      // All take from one iterator.
      for (const lease of leases) if (lease.isDirty) await lease.flush();
    }));
  }

  /** Gives up everything cleanly; resolves when that is done. */
  async giveUpAll(reason: string, signal: AbortSignal): Promise<void> {
    this.want(new Map(), () => reason);
    while (this.#leases.size + this.#claiming.size > 0 && !signal.aborted) await unlessAborted(this.#change(), signal);
  }

  /** Loses every lease; resolves when this process watches none of the targets. */
  async loseAll(): Promise<void> {
    this.#wanted = new Map();
    this.#due.clear();
    this.#waiting.clear();
    for (const lease of this.#leases.values()) {
      lease.lose();
      if (lease.state === 'failed') void lease.release();
    }
    while (this.#leases.size > 0) await this.#change();
  }

  #changed: (() => void)[] = [];

  #change(): Promise<void> {
    return new Promise((resolve) => { this.#changed.push(resolve); });
  }

  #tidy(): void {
    for (const [id, keys] of this.#waiting) if (keys.size === 0) this.#waiting.delete(id);
  }

  #giveUp(lease: HeldLease, reason: string): void {
    lease.giveUp(reason);
    // A failed target is not watched, so nothing else would release it.
    if (lease.state === 'failed') void lease.release();
  }

  #work(): void {
    for (const key of this.#due) {
      if (this.#claiming.size >= CLAIMS_AT_ONCE) break;
      this.#due.delete(key);
      const listed = this.#wanted.get(key);
      if (listed === undefined || this.#leases.has(key) || this.#claiming.has(key)) continue;
      this.#claiming.add(key);
      void this.#claim(key, listed).finally(() => {
        this.#claiming.delete(key);
        this.#note();
        this.#work();
      });
    }
    if (this.isSettled) this.#options.onSettled();
  }

  #note(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }

  /** Tries until it is known who owns the target. */
  async #claim(key: string, listed: ListedTarget): Promise<void> {
    const { membership, roster, clock } = this.#options;
    while (await membership.untilHeld()) {
      try {
        const taken = await this.#take(key);
        if (typeof taken === 'object') this.#hold(key, listed, taken);
        else if (roster.has(taken) && this.#wanted.has(key)) this.#waiting.set(taken, (this.#waiting.get(taken) ?? new Set()).add(key));
        else if (this.#wanted.has(key)) {
          // The owner is a member that is not known here yet, or that has just gone.
          await clock.sleep(RETRY_MS, membership.over);
          continue;
        }
        return;
      } catch (error) {
        // Another member was faster: look again who owns it.
        if (!(error instanceof Conflict)) await clock.sleep(RETRY_MS, membership.over);
      }
    }
  }

  /** Takes a target, or returns the id of the member that owns it. */
  async #take(key: string): Promise<{ record: TargetRecord; revision: number } | string> {
    const { bucket, membership: { id }, roster } = this.#options;
    const word = targetKey(key);
    const entry = await bucket.get(word);
    const before = entry?.value === undefined ? undefined : readTarget(entry.value);
    const owner = before?.owner;
    // This member's own, from a write whose answer was lost.
    if (entry !== undefined && before !== undefined && owner === id) return { record: before, revision: entry.revision };
    // The owner may have joined so recently that it is not known here: only the bucket knows whether a member is gone.
    if (owner !== undefined && (roster.has(owner) || await bucket.get(memberKey(owner)) !== undefined)) return owner;
    const record: TargetRecord = { owner: id, generation: (before?.generation ?? 0) + 1, state: 'starting', reason: undefined, position: before?.position };
    const revision = entry === undefined ? await bucket.create(word, encode(record)) : await bucket.update(word, encode(record), entry.revision);
    return { record, revision };
  }

  #hold(key: string, listed: ListedTarget, taken: { record: TargetRecord; revision: number }): void {
    const { bucket, membership, clock, onTaken } = this.#options;
    const lease = new HeldLease({
      ...taken, bucket, membership, clock, listed: this.#wanted.get(key) ?? listed,
      onDone: (returned) => {
        this.#leases.delete(key);
        if (returned) {
          this.released += 1;
          membership.requestHeartbeat();
        }
        // Wanted again meanwhile, or taken over by a member that should not have it: look who owns it.
        if (this.#wanted.has(key)) this.#due.add(key);
        this.#note();
        this.#work();
      },
    });
    this.#leases.set(key, lease);
    // No other member may watch it, and this one no longer wants to: it is returned at once.
    if (!this.#wanted.has(key) || membership.over.aborted) void lease.release();
    else onTaken(lease);
  }
}
