import type { Entry } from './bucket.ts';
import { memberOfKey } from './keys.ts';
import { readMember, type MemberRecord } from './records.ts';

/** OtherMember is a member as this process sees it. */
interface OtherMember {
  record: MemberRecord;
  revision: number;
  /** When its latest revision was seen, by this process's own steady clock: the clocks of others do not matter. */
  seenAt: number;
}

/** How long others may be silent before they are given up, as a fraction of their lease. */
export const SILENT_AFTER = 0.85;

/** Roster knows the other members from their heartbeats. */
export class Roster {
  readonly #others = new Map<string, OtherMember>();
  readonly #newest = new Map<string, number>();

  /** Takes a revision of a member's key, and returns what it means; `undefined` if it is old, or not a member's. */
  see({ key, value, revision }: Entry, nowMs: number): { id: string; what: 'came' | 'went' | 'changed' | 'lives'; released: boolean } | undefined {
    const id = memberOfKey(key);
    if (id === undefined || revision <= (this.#newest.get(id) ?? 0)) return undefined;
    this.#newest.set(id, revision);
    const record = value === undefined ? undefined : readMember(value);
    const before = this.#others.get(id);
    if (record === undefined) {
      this.#others.delete(id);
      this.#newest.delete(id);
      return before === undefined ? undefined : { id, what: 'went', released: true };
    }
    this.#others.set(id, { record, revision, seenAt: nowMs });
    if (before === undefined) return { id, what: 'came', released: false };
    return { id, what: before.record.draining === record.draining ? 'lives' : 'changed', released: before.record.released !== record.released };
  }

  /** `nobodySilent` restarts each member's lease, since nothing could be heard for a while. */
  nobodySilent(nowMs: number): void {
    for (const other of this.#others.values()) other.seenAt = nowMs;
  }

  /** Forgets all members, to start over. */
  clear(): void {
    this.#others.clear();
    this.#newest.clear();
  }

  has(id: string): boolean {
    return this.#others.has(id);
  }

  /** The ids of all members but those in `except`, in ascending order. */
  ids({ except = [], draining }: { except?: readonly string[]; draining: boolean }): string[] {
    return [...this.#others].filter(([id, { record }]) => !except.includes(id) && (draining || !record.draining)).map(([id]) => id).sort();
  }

  nameOf(id: string): string {
    return this.#others.get(id)?.record.name ?? id;
  }

  /** Returns in how many milliseconds the first of these will have been silent for too long, and those that already have. */
  silence(nowMs: number, self: string): { nextMs: number; silent: { id: string; revision: number }[] } {
    let nextMs = Infinity;
    const silent: { id: string; revision: number }[] = [];
    for (const [id, { record, revision, seenAt }] of this.#others) {
      if (id === self) continue;
      const leftMs = seenAt + record.leaseMs * SILENT_AFTER - nowMs;
      if (leftMs > 0) nextMs = Math.min(nextMs, leftMs);
      else silent.push({ id, revision });
    }
    return { nextMs, silent };
  }
}
