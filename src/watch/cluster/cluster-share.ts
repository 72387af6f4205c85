import type { CommandContext } from '../../app/context.ts';
import { worse } from '../../app/exit-codes.ts';
import { report } from '../../app/report.ts';
import type { Lease } from '../../cluster/lease.ts';
import { keyOfListed, type ListedTarget } from '../../cluster/target-list.ts';
import { toError, WatchError } from '../../errors.ts';
import { readTarget } from '../../graph/target-words.ts';
import { aborted } from '../../lib/abort.ts';
import { AttemptLimiter } from '../../stream/attempt-limiter.ts';
import type { WatchAccess } from '../access.ts';
import type { ChangeOptions } from '../options/change-options.ts';
import { checkWanted } from '../finding/find-target.ts';
import { LineFinder, type TargetEntry } from '../many/line-finder.ts';
import type { WatchedName, WatchSession } from '../session.ts';
import type { TargetLine } from '../many/target-lines.ts';
import { runTargetLoop, sharedLimits, type LoopEnd, type LoopScene } from '../many/target-loop.ts';
import { ATTEMPTS_AT_ONCE } from '../many/target-set.ts';

/** SharedTarget is one target that the cluster has given to this process. */
interface SharedTarget {
  lease: Lease;
  name: string;
  /** Resolves when nothing more will come from it. */
  done: Promise<void>;
  /** Its end is being reported, or it failed: it no longer counts as watched. */
  over: boolean;
}

export interface ClusterShareOptions {
  changes: ChangeOptions | undefined;
  /** Opens sharing links as a browser would. */
  redeem: boolean;
}

/** ClusterShare watches what falls to this process of a cluster's targets, each in a loop of its own, all into one session. */
export class ClusterShare {
  readonly #context: CommandContext;
  readonly #options: ClusterShareOptions;
  readonly #finder: LineFinder;
  readonly #limiter: AttemptLimiter;
  /** A target may be taken again before its last loop has ended. */
  readonly #targets = new Set<SharedTarget>();
  /** Aborted when the watch is over: each target is named until its `end` is reported. */
  readonly #over = new AbortController();
  #scene: { access: WatchAccess; session: WatchSession } | undefined;
  /** Ends the watch with an error. */
  fail: (error: Error) => void = () => undefined;
  #worst = 0;
  /** The targets of this process's own list. */
  #listed: readonly string[] = [];
  /** Set when contact with the cluster is lost: since when, and what was in the list then and has not been taken again. */
  #outage: { since: number; keys: Set<string> } | undefined;

  constructor(context: CommandContext, options: ClusterShareOptions) {
    this.#context = context;
    this.#options = options;
    this.#finder = new LineFinder(context);
    this.#limiter = new AttemptLimiter(ATTEMPTS_AT_ONCE, context.surroundings.clock);
  }

  /** The worst exit code of a line or a target that failed for good. */
  get worst(): number {
    return worse(this.#worst, this.#finder.worst);
  }

  watched(): WatchedName[] {
    return [...this.#targets].filter(({ over }) => !over).map(({ name, lease: { listed } }) => ({ target: name, key: keyOfListed(listed), ...(listed.label === undefined ? {} : { label: listed.label }) }));
  }

  /**
   * Resolves with the targets that the lines of a list mean. `complete` is false if a line leads nowhere: another account might see
   * what it means, so that a list that is in force should not become shorter.
   */
  async find(access: WatchAccess, session: WatchSession, lines: readonly TargetLine[]): Promise<{ list: ListedTarget[]; complete: boolean }> {
    const { signal } = session;
    const found = await Promise.all(this.#finder.toLookUp(lines).map(async (line) => {
      const giveBack = await this.#limiter.enter(signal);
      return this.#finder.lookUp(line, { get: access.get, signal, redeem: this.#options.redeem, patience: { othersConnected: () => session.connected } }).finally(giveBack);
    }));
    const list: ListedTarget[] = [...this.#finder.targets(lines).values()].map(({ name, below, label }) => ({ target: name, ...(below === undefined ? {} : { below }), ...(label === undefined ? {} : { label }) }));
    this.#listed = list.map(keyOfListed);
    return { list, complete: !found.includes(false) };
  }

  /**
   * `setCutOff` notes since when contact with the cluster has been lost; `false`: it is back, and nothing was taken over meanwhile. A target of
   * the list that is taken for the first time after that has lost its position, with the bucket.
   */
  setCutOff(cutOff: boolean): void {
    if (!cutOff) this.#outage = undefined;
    else this.#outage ??= { since: this.#context.surroundings.clock.now(), keys: new Set(this.#listed) };
  }

  /** Watches what is taken from here on; resolves when the session is over, and nothing more comes. Rejects if nobody is signed in any longer: others can watch, and should. */
  async watch(access: WatchAccess, session: WatchSession, begin: () => Promise<void>): Promise<void> {
    this.#scene = { access, session };
    try {
      await new Promise<void>((resolve, reject) => {
        this.fail = reject;
        session.signal.addEventListener('abort', () => { resolve(); }, { once: true });
        if (session.signal.aborted) resolve();
        else begin().catch((error: unknown) => { if (!session.signal.aborted) reject(toError(error)); });
      });
    } finally {
      this.#over.abort();
      // What they still have to show and to store comes before the end is reported.
      await Promise.all([...this.#targets].map(({ done }) => done));
    }
  }

  /** `take` watches the target of a lease that this process got. */
  take(lease: Lease): void {
    if (this.#scene === undefined) return;
    const over = AbortSignal.any([this.#scene.session.signal, this.#over.signal]);
    const shared: SharedTarget = { lease, name: lease.listed.target, over: false, done: Promise.resolve() };
    this.#targets.add(shared);
    shared.done = this.#follow(shared, { ...this.#scene, context: this.#context, changes: this.#options.changes, limits: sharedLimits(this.#context, this.#scene.session, this.#limiter), over }).catch((error: unknown) => {
      if (!over.aborted) this.fail(toError(error));
    });
  }

  async #follow(shared: SharedTarget, scene: LoopScene): Promise<void> {
    const { lease } = shared;
    const gone = AbortSignal.any([lease.leave, lease.lost]);
    // A target that failed is kept, so that nobody else tries. And at the end of the watch, `end` is reported before the target is given up.
    let isKept = true;
    try {
      const how = await this.#loop(shared, scene, gone);
      isKept = scene.over.aborted || typeof how === 'object';
      if (typeof how !== 'object') return;
      this.#worst = worse(this.#worst, how.code);
      // Without a sign-in, this process can watch none of its targets: others can.
      if (how.failed instanceof WatchError && how.failed.category === 'auth') throw how.failed;
      lease.failed(how.failed.message);
    } finally {
      void (isKept ? aborted(gone) : Promise.resolve()).then(() => {
        this.#targets.delete(shared);
        return lease.release();
      });
    }
  }

  #loop(shared: SharedTarget, scene: LoopScene, gone: AbortSignal): Promise<LoopEnd> {
    const { lease, name } = shared;
    const onEnd = (): void => { shared.over = true; };
    const wasListed = this.#outage?.keys.delete(keyOfListed(lease.listed)) === true;
    const positionLostAt = wasListed && lease.generation === 1 ? this.#outage?.since : undefined;
    try {
      return runTargetLoop(scene, { target: this.#targetOf(lease.listed), gone: AbortSignal.any([scene.over, gone]), lease, positionLostAt, label: () => lease.listed.label, onEnd });
    } catch (error) {
      // Another version of this program may have put it into the list.
      onEnd();
      const { people, settings: { debug, cloud } } = this.#context;
      return Promise.resolve({ failed: toError(error), code: report(error, people, { debug, cloud, target: name }) });
    }
  }

  #targetOf(listed: ListedTarget): TargetEntry {
    const wanted = readTarget([listed.target], { command: '' });
    if (wanted.kind !== 'target') throw new WatchError('internal', `The cluster's list contains an invalid target: ${listed.target}`);
    checkWanted(this.#context, wanted);
    return { target: wanted.target, name: listed.target, below: listed.below, label: listed.label, key: keyOfListed(listed) };
  }
}
