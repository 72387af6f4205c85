import type { CommandContext } from '../../app/context.ts';
import { worse } from '../../app/exit-codes.ts';
import { toError } from '../../errors.ts';
import { AttemptLimiter } from '../../stream/attempt-limiter.ts';
import type { WatchAccess } from '../access.ts';
import type { ChangeOptions } from '../options/change-options.ts';
import { askedFor, LineFinder, type TargetEntry } from './line-finder.ts';
import type { WatchedName, WatchSession } from '../session.ts';
import type { TargetLine } from './target-lines.ts';
import { runTargetLoop, sharedLimits } from './target-loop.ts';

/** Why a target ends that is no longer in the file. */
const NOT_IN_FILE = 'removed from the list of targets';
/** How many attempts to get an endpoint and to connect may be under way at once. */
export const ATTEMPTS_AT_ONCE = 16;

/** WatchedTarget is one target of the set, in a loop of its own. */
interface WatchedTarget {
  entry: TargetEntry;
  /** Aborted when the target is no longer in the list, and when the watch is over. */
  end: AbortController;
  /** Resolves when nothing more will come from it. */
  done: Promise<void>;
  /** Its end is being reported: it no longer counts as watched. */
  over: boolean;
  /** Set if it is in the list again before it has ended: then it is watched again. */
  again: TargetEntry | undefined;
}

/** Difference counts what a new list changes. */
interface Difference {
  added: number;
  removed: number;
  unchanged: number;
}

export interface TargetSetOptions {
  changes: ChangeOptions | undefined;
  /** Opens sharing links as a browser would. */
  redeem: boolean;
}

/** TargetSet watches several targets, each in a loop of its own, all into one session. */
export class TargetSet {
  readonly #context: CommandContext;
  readonly #options: TargetSetOptions;
  readonly #finder: LineFinder;
  /** The list as it was last read. */
  #lines: readonly TargetLine[] = [];
  /** What Graph is being asked about, and what it has to be asked again, since the list was read meanwhile. */
  readonly #asking = new Set<string>();
  readonly #askAgain = new Map<string, TargetLine>();
  readonly #targets = new Map<string, WatchedTarget>();
  /** Those that failed for good, or are done: they are watched again when the list is read again. */
  readonly #finished = new Set<string>();
  /** Aborted when the watch is over: each target is named until its `end` is reported. */
  readonly #over = new AbortController();
  readonly #limiter: AttemptLimiter;
  #start: ((target: TargetEntry) => void) | undefined;
  #lookUp: ((lines: readonly TargetLine[]) => void) | undefined;
  /** Reads the list again, once it is being watched. */
  #reloadOnStart: (() => Promise<void>) | undefined;
  /** The worst exit code of a target that failed for good. */
  #worst = 0;

  constructor(context: CommandContext, options: TargetSetOptions) {
    this.#context = context;
    this.#limiter = new AttemptLimiter(ATTEMPTS_AT_ONCE, context.surroundings.clock);
    this.#options = options;
    this.#finder = new LineFinder(context);
  }

  /** The worst exit code of a line or a target that failed for good. */
  get worst(): number {
    return worse(this.#worst, this.#finder.worst);
  }

  /** Whether there are lines in the list of which it is not known yet what they mean. */
  get isLookingUp(): boolean {
    return this.#asking.size > 0 && this.#lines.some((line) => !this.#finder.knows(line) && this.#asking.has(askedFor(line)));
  }

  watched(): WatchedName[] {
    return [...this.#targets.values()].filter(({ over }) => !over).map(({ entry: { name, label, key } }) => ({ target: name, key, ...(label === undefined ? {} : { label }) }));
  }

  /** Resolves when `--count` is met, the session is over, or no target is left, and all have ended. */
  async watch(access: WatchAccess, session: WatchSession, lines: readonly TargetLine[]): Promise<void> {
    const over = this.#over.signal;
    const endAll = (): void => {
      this.#over.abort(session.signal.reason);
      for (const { end } of this.#targets.values()) end.abort(over.reason);
    };
    session.signal.addEventListener('abort', endAll);
    if (session.signal.aborted) this.#over.abort(session.signal.reason);
    const limits = sharedLimits(this.#context, session, this.#limiter);
    try {
      await new Promise<void>((resolve, reject) => {
        const endIfEmpty = (): void => { if (this.#targets.size === 0 && this.#asking.size === 0) resolve(); };
        const start = (target: TargetEntry): void => {
          const end = new AbortController();
          if (over.aborted) end.abort(over.reason);
          const watched = (): WatchedTarget | undefined => this.#targets.get(target.key);
          const done = runTargetLoop({ context: this.#context, access, session, changes: this.#options.changes, limits, over }, {
            target, gone: end.signal,
            label: () => (watched()?.entry ?? target).label,
            onEnd: () => {
              const ending = watched();
              if (ending !== undefined) ending.over = true;
            },
          }).then((how) => {
            if (how === 'met') resolve();
            if (typeof how === 'object') this.#worst = worse(this.#worst, how.code);
            if (how === 'met' || over.aborted) return;
            const again = watched()?.again;
            this.#targets.delete(target.key);
            if (again !== undefined) start(again);
            // An empty list may contain targets again at the next SIGHUP.
            else if (how !== 'gone') {
              this.#finished.add(target.key);
              endIfEmpty();
            }
          }).catch(reject);
          this.#targets.set(target.key, { entry: target, end, done, over: false, again: undefined });
        };
        this.#start = start;
        this.#lookUp = (wanted) => {
          for (const line of wanted) {
            const asked = askedFor(line);
            if (this.#asking.has(asked)) {
              this.#askAgain.set(asked, line);
              continue;
            }
            this.#asking.add(asked);
            void this.#find(access, session, line, over).then(() => {
              this.#asking.delete(asked);
              if (over.aborted) return undefined;
              this.#update();
              const again = this.#askAgain.get(asked);
              this.#askAgain.delete(asked);
              if (again !== undefined) this.#lookUp?.(this.#finder.toLookUp([again]));
              endIfEmpty();
              return session.recount();
            }).catch(reject);
          }
          session.recount().catch(reject);
        };
        this.#apply(lines);
        if (this.#reloadOnStart !== undefined) void this.#reloadOnStart();
        over.addEventListener('abort', () => { resolve(); }, { once: true });
        if (over.aborted) resolve();
      });
    } finally {
      this.#start = undefined;
      this.#lookUp = undefined;
      endAll();
      session.signal.removeEventListener('abort', endAll);
      // What they still have to show and to store comes before the end is reported.
      await Promise.all([...this.#targets.values()].map(({ done }) => done));
    }
  }

  /** Asks Graph about one line: as soon as there is a place, and then for as long as a watch would try to connect. */
  async #find(access: WatchAccess, session: WatchSession, line: TargetLine, signal: AbortSignal): Promise<void> {
    const giveBack = await this.#limiter.enter(signal);
    const patience = { othersConnected: () => session.connected };
    await this.#finder.lookUp(line, { get: access.get, signal, redeem: this.#options.redeem, patience }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    }).finally(giveBack);
  }

  /**
   * `reload` starts the targets that are new in the list and ends those that were removed from it. A list that cannot be
   * read, or is empty (a pipe that has been read, a file that is being written), changes nothing. Before the start it is postponed.
   */
  async reload(read: () => Promise<TargetLine[]>): Promise<void> {
    const { people } = this.#context;
    if (this.#start === undefined) {
      if (!this.#over.signal.aborted) this.#reloadOnStart = () => this.reload(read);
      return;
    }
    try {
      const lines = await read();
      if (this.#over.signal.aborted) return;
      if (lines.length === 0) {
        people.warn('the list of targets is empty; watching the same targets as before');
        return;
      }
      const { added, removed, unchanged } = this.#apply(lines);
      people.say(`Reloaded targets: ${added} added, ${removed} removed, ${unchanged} unchanged`);
    } catch (error) {
      people.warn(`couldn't reload the targets, watching the same as before: ${toError(error).message}`);
    }
  }

  /** Takes over a new list: starts and ends what is known of it, and asks Graph about the rest. */
  #apply(lines: readonly TargetLine[]): Difference {
    this.#lines = lines;
    this.#finished.clear();
    const unknown = this.#finder.toLookUp(lines);
    // Until Graph has answered, a list that leads to nothing known is not empty.
    const difference = this.#update();
    this.#lookUp?.(unknown);
    return difference;
  }

  /** Starts the targets that are new, and ends those that are no longer wanted. */
  #update(): Difference {
    const wanted = this.#finder.targets(this.#lines);
    const removed = [...this.#targets.values()].filter(({ entry, end, again }) => !wanted.has(entry.key) && (again !== undefined || !end.signal.aborted));
    const added = [...wanted.values()].filter(({ key }) => {
      const watched = this.#targets.get(key);
      return watched === undefined ? !this.#finished.has(key) : watched.end.signal.aborted && watched.again === undefined;
    });
    for (const watched of this.#targets.values()) {
      watched.entry = wanted.get(watched.entry.key) ?? watched.entry;
      if (watched.again !== undefined) watched.again = wanted.get(watched.again.key) ?? watched.again;
    }
    for (const watched of removed) {
      watched.again = undefined;
      watched.end.abort(new Error(NOT_IN_FILE));
    }
    for (const target of added) {
      const ending = this.#targets.get(target.key);
      if (ending === undefined) this.#start?.(target);
      else ending.again = target;
    }
    return { added: added.length, removed: removed.length, unchanged: wanted.size - added.length };
  }
}
