import { setMaxListeners } from 'node:events';
import { aborted } from '../lib/abort.ts';
import type { Entry } from './bucket.ts';
import type { Cluster, ClusterOptions } from './cluster.ts';
import { fairShare } from './fair-share.ts';
import { Holdings } from './holdings.ts';
import { LIST_KEY, memberOfKey, PAUSE_KEY, WATCHED } from './keys.ts';
import { ListInForce } from './list-in-force.ts';
import { BEAT_EVERY, Membership } from './membership.ts';
import { Roster } from './roster.ts';
import { SharedPause } from './shared-pause.ts';
import { giveUpSilent } from './silence.ts';
import type { ListedTarget, Published, PublishOptions } from './target-list.ts';

/** After a member has joined, others may follow: the targets are distributed once, this fraction of a lease later. */
const SETTLE_AFTER = 1 / 15;
/** Several reasons to redistribute the targets within this time, in milliseconds, count as one. */
const GATHER_MS = 100;
const RETRY_MS = 1_000;

/** `joinCluster` joins, and joins again whenever the others have given this process up, until it leaves or `signal` aborts. Resolves once it is a member. */
export async function joinCluster(options: ClusterOptions, signal: AbortSignal): Promise<Cluster> {
  const joined = new JoinedCluster(options, signal);
  await joined.begin();
  return joined;
}

class JoinedCluster implements Cluster {
  readonly settled: Promise<void>;
  readonly #options: ClusterOptions;
  readonly #over = new AbortController();
  /** Aborted when everything here is over. */
  readonly #signal: AbortSignal;
  readonly #roster = new Roster();
  readonly #pause: SharedPause;
  readonly #list: ListInForce;
  #generation = 0;
  #membership: Membership;
  #holdings: Holdings;
  #planAt = Infinity;
  /** Whether the targets have been distributed in this life as a member. */
  #isPlanned = false;
  #members = 0;
  /** The latest time by the server's clock that is known. */
  #serverNow = 0;
  /** The pause that was found at the start. */
  #foundPause: Entry | undefined;
  #isWatching = false;
  /** Ends the watch of this life as a member. */
  #unwatch = new AbortController();
  #isLeaving = false;
  #settle: () => void = () => undefined;

  constructor(options: ClusterOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = AbortSignal.any([signal, this.#over.signal]);
    // Any number of waits may listen to it, without a leak.
    setMaxListeners(0, this.#signal);
    this.settled = new Promise((resolve) => { this.#settle = resolve; });
    this.#pause = new SharedPause({
      ...options, signal: this.#signal, id: () => this.#membership.id,
      onPause: (ms, by) => { options.onEvent({ type: 'paused', ms, by: this.#roster.nameOf(by) }); },
    });
    this.#list = new ListInForce({
      ...options, signal: this.#signal,
      onList: (list) => {
        options.onEvent({ type: 'list', ...list });
        this.#holdings.revive();
        this.#planWithin(GATHER_MS);
      },
    });
    [this.#membership, this.#holdings] = this.#newLife({ drained: false });
  }

  get members(): number {
    return this.#roster.ids({ except: [this.#membership.id], draining: true }).length + 1;
  }

  async begin(): Promise<void> {
    await this.#membership.join(this.#signal);
    await this.#watch();
    if (this.#foundPause !== undefined) this.#pause.see(this.#foundPause, this.#serverNow);
    void this.#live();
    void giveUpSilent({ ...this.#options, roster: this.#roster, membership: () => this.#membership, see: (entry) => { this.#see(entry); } }, this.#signal);
    void this.#tend();
  }

  publishList(list: readonly ListedTarget[], options: Omit<PublishOptions, 'by'>): Promise<Published> {
    return this.#list.publish(list, options);
  }

  pause(ms: number): void {
    void this.#pause.share(ms);
  }

  async leave(withinMs: number): Promise<void> {
    this.#isLeaving = true;
    const [limit, done] = [new AbortController(), new AbortController()];
    void this.#options.clock.sleep(withinMs, done.signal).then(() => { limit.abort(); });
    this.#membership.retire();
    await this.#holdings.giveUpAll('stopped', limit.signal);
    void this.#holdings.loseAll();
    await this.#membership.leave(limit.signal);
    done.abort();
    this.#over.abort();
  }

  #newLife({ drained }: { drained: boolean }): [Membership, Holdings] {
    const { bucket, member, leaseMs, clock, monotonic, random, onTaken, onEvent } = this.#options;
    this.#generation += 1;
    const membership = new Membership({
      bucket, leaseMs, clock, monotonic, random, name: member, generation: this.#generation, drained, roster: this.#roster,
      load: () => ({ targets: holdings.size, failed: holdings.failed, released: holdings.released }),
      onUnsure: (reason) => { onEvent({ type: 'unsure', reason }); },
      onSure: () => { onEvent({ type: 'sure' }); },
      onDraining: (on) => {
        onEvent({ type: 'draining', on });
        this.#planWithin(GATHER_MS);
      },
    });
    const holdings: Holdings = new Holdings({
      bucket, clock, onTaken, membership, roster: this.#roster,
      onSettled: () => { if (this.#isPlanned) this.#settle(); },
    });
    return [membership, holdings];
  }

  /** A function, since TypeScript would assume that an earlier answer still holds after a wait. */
  #isOver(): boolean {
    return this.#signal.aborted;
  }

  /** Lives as a member, again and again under a new id, until it leaves. */
  async #live(): Promise<void> {
    const { onEvent, leaseMs } = this.#options;
    while (!this.#signal.aborted) {
      onEvent({ type: 'joined', generation: this.#generation });
      this.#isPlanned = false;
      this.#countMembers();
      this.#planWithin(leaseMs * SETTLE_AFTER);
      void this.#membership.live();
      await aborted(AbortSignal.any([this.#membership.over, this.#signal]));
      if (this.#isLeaving || this.#isOver()) return;
      onEvent({ type: 'fenced' });
      await this.#holdings.loseAll();
      // The mark was on a key that is gone.
      [this.#membership, this.#holdings] = this.#newLife({ drained: this.#membership.drained });
      await this.#membership.join(this.#signal);
      await this.#watchAnew();
    }
  }

  /** Watches the bucket again. It may be a new one, with lower revisions and no list; then this member publishes the list that it knows. */
  async #watchAnew(): Promise<void> {
    this.#isWatching = false;
    this.#unwatch.abort();
    this.#roster.clear();
    this.#list.startOver();
    await this.#watch();
    this.#list.restore();
  }

  async #watch(): Promise<void> {
    while (!this.#signal.aborted) {
      const attempt = new AbortController();
      this.#unwatch = attempt;
      try {
        await this.#options.bucket.watch(WATCHED, AbortSignal.any([this.#signal, attempt.signal]), (entry) => { this.#see(entry); });
        this.#isWatching = true;
        return;
      } catch {
        attempt.abort();
        await this.#options.clock.sleep(RETRY_MS, this.#signal);
      }
    }
  }

  #see(entry: Entry): void {
    const { key } = entry;
    this.#serverNow = Math.max(this.#serverNow, entry.at);
    if (key === LIST_KEY) void this.#list.see(entry);
    else if (key === PAUSE_KEY && this.#isWatching) this.#pause.see(entry, this.#serverNow);
    else if (key === PAUSE_KEY) this.#foundPause = entry;
    else if (memberOfKey(key) === this.#membership.id) this.#membership.see(entry);
    const seen = this.#roster.see(entry, this.#options.monotonic());
    if (seen === undefined || seen.id === this.#membership.id) return;
    if (seen.what === 'came') this.#planWithin(this.#options.leaseMs * SETTLE_AFTER);
    else if (seen.what !== 'lives') this.#planWithin(GATHER_MS);
    if (seen.released) this.#holdings.retry(seen.id);
    this.#countMembers();
  }

  #countMembers(): void {
    if (!this.#isWatching || this.#members === this.members) return;
    this.#members = this.members;
    this.#options.onEvent({ type: 'members', members: this.#members });
  }

  #planWithin(ms: number): void {
    const { clock, monotonic } = this.#options;
    const at = monotonic() + ms;
    if (at >= this.#planAt) return;
    this.#planAt = at;
    void clock.sleep(ms, this.#signal).then(() => {
      if (this.#planAt !== at) return;
      this.#planAt = Infinity;
      this.#plan();
    });
  }

  /** Distributes the targets, and takes and gives up targets accordingly. */
  #plan(): void {
    const { id, draining, over } = this.#membership;
    if (this.#list.known === undefined || !this.#isWatching || over.aborted || this.#signal.aborted || this.#isLeaving) return;
    const { listed, targets } = this.#list.known;
    const members = [...this.#roster.ids({ except: [id], draining: false }), ...(draining ? [] : [id])].sort();
    const shares = fairShare(members, targets);
    const self = members.indexOf(id);
    const wanted = new Map<string, ListedTarget>();
    targets.keys.forEach((key, at) => {
      const target = listed.get(key);
      if (shares[at] === self && target !== undefined) wanted.set(key, target);
    });
    this.#isPlanned = true;
    this.#holdings.want(wanted, (key) => {
      if (!listed.has(key)) return 'removed from the list of targets';
      return draining ? 'this member was drained' : 'another member takes over';
    });
  }

  /** Does from time to time what is otherwise done on a hint, in case one was missed. */
  async #tend(): Promise<void> {
    const { leaseMs, clock } = this.#options;
    for (let beats = 1; !this.#signal.aborted; beats += 1) {
      await clock.sleep(leaseMs * BEAT_EVERY, this.#signal);
      await this.#holdings.flush();
      if (beats % 3 === 0) this.#holdings.retry();
    }
  }
}
