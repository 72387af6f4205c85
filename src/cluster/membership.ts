import { setMaxListeners } from 'node:events';
import { toError } from '../errors.ts';
import type { Clock } from '../surroundings.ts';
import { Conflict, type Bucket, type Entry } from './bucket.ts';
import { keyWord, memberKey } from './keys.ts';
import { encode, readMember, type MemberRecord } from './records.ts';
import type { Roster } from './roster.ts';

/** How often a member sends a heartbeat, as a fraction of its lease. */
export const BEAT_EVERY = 1 / 3;
/** How long after its latest heartbeat a member stops reporting, as a fraction of its lease: before others may give it up. */
export const UNSURE_AFTER = 0.7;
/** The pause after a failed attempt, as a fraction of the lease. */
const RETRY_AFTER = 1 / 15;
/** Several requests for a heartbeat within this time, in milliseconds, make one. */
const GATHER_MS = 200;

export interface MembershipOptions {
  bucket: Bucket;
  roster: Roster;
  name: string;
  generation: number;
  /** Whether it was drained in its life before. */
  drained: boolean;
  leaseMs: number;
  clock: Clock;
  monotonic: () => number;
  /** Uniform in [0, 1). */
  random: () => number;
  /** What every heartbeat reports about this member's targets. */
  load: () => Pick<MemberRecord, 'targets' | 'failed' | 'released'>;
  onUnsure: (reason: string) => void;
  onSure: () => void;
  onDraining: (on: boolean) => void;
}

/**
 * Membership is one life as a member, from `join` until it leaves or the others give it up: a key that gets new revisions only from
 * this member's own heartbeats, each conditional on the one before. To give a member up, others delete the key under the
 * revision that they saw last; its next heartbeat then fails, so it notices. A member whose heartbeat succeeded was a member until then,
 * and need not ask again until the others could have given it up.
 */
export class Membership {
  readonly id: string;
  readonly #options: MembershipOptions;
  readonly #key: string;
  readonly #over = new AbortController();
  #revision = 0;
  /** Whether it is marked as drained in the bucket. */
  #drained: boolean;
  #leaving = false;
  /** When the latest heartbeat that the bucket took was sent, by both clocks: one may stand still while the machine sleeps, the other may be set. */
  #confirmed = { steady: -Infinity, wall: -Infinity };
  #reason = '';
  #saidUnsure = false;
  #wake = new AbortController();
  /** Whether a heartbeat was requested and has not begun. */
  #due = false;
  #requestedAt = -Infinity;
  #waiting: (() => void)[] = [];

  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#drained = options.drained;
    this.id = `${keyWord(options.name)}.${Math.floor(options.random() * 2 ** 48).toString(16).padStart(12, '0')}`;
    this.#key = memberKey(this.id);
    // Each lease waits for its end, and while the bucket is unreachable also with what it has to write; Node would take more than ten
    // listeners for a leak.
    setMaxListeners(0, this.#over.signal);
  }

  /** Aborted when this is no longer a member. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Whether it was drained, and that was not undone. */
  get drained(): boolean {
    return this.#drained;
  }

  /** Whether it takes no targets: it was drained, or is about to leave. */
  get draining(): boolean {
    return this.#drained || this.#leaving;
  }

  /** Whether it is certain that no other member has taken anything over from this one. */
  get held(): boolean {
    return !this.#over.signal.aborted && this.#sinceConfirmedMs < this.#options.leaseMs * UNSURE_AFTER;
  }

  /** Resolves with `true` once `held`, with `false` when this is no longer a member. */
  async untilHeld(): Promise<boolean> {
    while (!this.held) {
      if (this.#over.signal.aborted) return false;
      const confirmed = new Promise<void>((resolve) => { this.#waiting.push(resolve); });
      this.#hurry();
      await confirmed;
    }
    return true;
  }

  /** Sends the first heartbeat; resolves once the bucket has it. Tries until `signal` aborts. */
  async join(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !(await this.#attempt())) await this.#sleep(this.#options.leaseMs * RETRY_AFTER, signal);
    if (signal.aborted) this.#end();
  }

  /** Sends heartbeats until this is no longer a member. */
  async live(): Promise<void> {
    const { leaseMs, clock } = this.#options;
    let delayMs = leaseMs * BEAT_EVERY;
    while (!this.#isOver()) {
      await this.#sleep(delayMs, this.#over.signal);
      if (this.#isOver()) break;
      // After a request, waits a moment for others that may follow.
      const earlyMs = GATHER_MS - (this.#options.monotonic() - this.#requestedAt);
      if (this.held && earlyMs > 0) await clock.sleep(earlyMs, this.#over.signal);
      this.#due = false;
      const worked = this.#isOver() || await this.#attempt();
      delayMs = leaseMs * (worked ? BEAT_EVERY : RETRY_AFTER);
      this.#say();
    }
  }

  /** Has a heartbeat sent soon, since there is something new to report. */
  requestHeartbeat(): void {
    if (!this.#due) this.#requestedAt = this.#options.monotonic();
    this.#hurry();
  }

  /** Announces that it takes no more targets, since it will leave. */
  retire(): void {
    this.#leaving = true;
    this.requestHeartbeat();
  }

  /** Handles a revision of its own key. */
  see({ value, revision }: Entry): void {
    // If another process wrote it, the next heartbeat finds out why.
    if (revision > this.#revision && (value === undefined || readMember(value)?.draining !== this.draining)) this.#hurry();
  }

  /** Deletes the key, unless others have: from here on, they may take over everything. Tries until `signal` aborts. */
  async leave(signal: AbortSignal): Promise<void> {
    while (!this.#isOver() && !signal.aborted) {
      try {
        await this.#options.bucket.delete(this.#key, this.#revision);
        break;
      } catch (error) {
        if (!(error instanceof Conflict) || !(await this.#look())) await this.#options.clock.sleep(this.#options.leaseMs * RETRY_AFTER, signal);
      }
    }
    this.#end();
  }

  /** A function, since TypeScript would assume that an earlier answer still holds after a wait. */
  #isOver(): boolean {
    return this.#over.signal.aborted;
  }

  get #sinceConfirmedMs(): number {
    const { clock, monotonic } = this.#options;
    return Math.max(monotonic() - this.#confirmed.steady, clock.now() - this.#confirmed.wall);
  }

  /** Sends one heartbeat; returns whether the bucket accepted it. */
  async #attempt(): Promise<boolean> {
    const { bucket, monotonic, clock } = this.#options;
    while (!this.#isOver()) {
      // What counts is when it was sent: the answer may take long.
      const sent = { steady: monotonic(), wall: clock.now() };
      try {
        const value = encode(this.#record());
        this.#revision = this.#revision === 0 ? await bucket.create(this.#key, value) : await bucket.update(this.#key, value, this.#revision);
        this.#confirm(sent);
        return true;
      } catch (error) {
        if (!(error instanceof Conflict)) this.#reason = toError(error).message;
        if (!(error instanceof Conflict) || !(await this.#look())) return false;
      }
    }
    return false;
  }

  #record(): MemberRecord {
    const { name, generation, leaseMs, load } = this.#options;
    return { name, generation, leaseMs, draining: this.draining, ...load() };
  }

  /** Finds out why the key has a new revision: a heartbeat whose answer was lost, a mark by another process, or the end. Returns whether that is known. */
  async #look(): Promise<boolean> {
    try {
      const entry = await this.#options.bucket.get(this.#key);
      if (entry?.value === undefined) {
        this.#end();
        return true;
      }
      this.#revision = entry.revision;
      const drained = readMember(entry.value)?.draining ?? false;
      if (drained !== this.#drained && !this.#leaving) {
        this.#drained = drained;
        this.#options.onDraining(drained);
      }
      return true;
    } catch (error) {
      this.#reason = toError(error).message;
      return false;
    }
  }

  #confirm(sent: { steady: number; wall: number }): void {
    const { roster, leaseMs, monotonic } = this.#options;
    // A member that could not send could not receive either: the others may not have been silent.
    if (this.#sinceConfirmedMs > leaseMs * BEAT_EVERY * 1.5) roster.nobodySilent(monotonic());
    this.#confirmed = sent;
    this.#say();
    this.#release();
  }

  #say(): void {
    const { held } = this;
    if (held === !this.#saidUnsure || this.#isOver()) return;
    this.#saidUnsure = !held;
    if (held) this.#options.onSure();
    else this.#options.onUnsure(this.#reason);
  }

  #end(): void {
    this.#over.abort();
    this.#release();
  }

  #release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #hurry(): void {
    this.#due = true;
    this.#wake.abort();
  }

  /** Returns early if a heartbeat is due. */
  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    const wake = new AbortController();
    const stop = (): void => { wake.abort(); };
    this.#wake = wake;
    signal.addEventListener('abort', stop);
    if (this.#due || signal.aborted) stop();
    await this.#options.clock.sleep(ms, wake.signal);
    signal.removeEventListener('abort', stop);
  }
}
