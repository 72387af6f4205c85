import type { CommandContext } from '../app/context.ts';
import { worse } from '../app/exit-codes.ts';
import { report } from '../app/report.ts';
import { toError } from '../errors.ts';
import type { WatchEvent } from '../events.ts';
import { AttemptLimiter } from '../stream/attempt-limiter.ts';
import type { WatchAccess } from './access.ts';
import type { ChangeOptions } from './change-options.ts';
import { ALL_REPORTED } from './exit.ts';
import type { WatchedName, WatchSession } from './session.ts';
import type { TargetLine } from './target-lines.ts';
import { openTarget } from './target.ts';

/** Why a target ends that is no longer in the file. */
const NOT_IN_FILE = 'removed from the list of targets';
/** How many attempts to get an endpoint and to connect may be under way at once. */
const ATTEMPTS_AT_ONCE = 16;

/** WatchedTarget is one target of the set, in a loop of its own. */
interface WatchedTarget {
  line: TargetLine;
  /** Aborted when the target is no longer in the file. */
  end: AbortController;
  /** Resolves when nothing more will come from it. */
  done: Promise<void>;
  /** Its end is being reported: it no longer counts as watched. */
  over: boolean;
  /** Set if it is in the file again before it has ended: then it is watched again. */
  again: TargetLine | undefined;
}

/** TargetSet watches several targets, each in a loop of its own, all into one session. */
export class TargetSet {
  readonly #context: CommandContext;
  readonly #changes: ChangeOptions | undefined;
  readonly #targets = new Map<string, WatchedTarget>();
  /** Aborted when the watch is over: each target is named until its `end` is reported. */
  readonly #over = new AbortController();
  readonly #limiter: AttemptLimiter;
  #start: ((line: TargetLine) => void) | undefined;
  /** Reads the list again, once it is being watched. */
  #reloadOnStart: (() => Promise<void>) | undefined;
  /** The worst exit code of a target that failed for good. */
  worst = 0;

  constructor(context: CommandContext, changes: ChangeOptions | undefined) {
    this.#context = context;
    this.#limiter = new AttemptLimiter(ATTEMPTS_AT_ONCE, context.surroundings.clock);
    this.#changes = changes;
  }

  watched(): WatchedName[] {
    return [...this.#targets.values()].filter(({ over }) => !over).map(({ line: { name, label } }) => ({ target: name, ...(label === undefined ? {} : { label }) }));
  }

  /** Resolves when `--count` is met, the session is over, or no target is left, and all have ended. */
  async watch(access: WatchAccess, session: WatchSession, lines: readonly TargetLine[]): Promise<void> {
    const over = AbortSignal.any([session.signal, this.#over.signal]);
    try {
      await new Promise<void>((resolve, reject) => {
        const start = (line: TargetLine): void => {
          const end = new AbortController();
          const done = this.#follow(access, session, line, { over, gone: end.signal }).then((how) => {
            if (how === 'met') resolve();
            if (how === 'met' || over.aborted) return;
            const again = this.#targets.get(line.name)?.again;
            this.#targets.delete(line.name);
            if (again !== undefined) start(again);
            // An empty file may contain targets again at the next SIGHUP.
            else if (how !== 'removed' && this.#targets.size === 0) resolve();
          }).catch(reject);
          this.#targets.set(line.name, { line, end, done, over: false, again: undefined });
        };
        this.#start = start;
        for (const line of lines) start(line);
        if (this.#reloadOnStart !== undefined) void this.#reloadOnStart();
        over.addEventListener('abort', () => { resolve(); }, { once: true });
        if (over.aborted) resolve();
      });
    } finally {
      this.#start = undefined;
      this.#over.abort();
      // What they still have to show and to store comes before the end is reported.
      await Promise.all([...this.#targets.values()].map(({ done }) => done));
    }
  }

  /** Follows one target as long as it can be watched: until its event met the count, it failed, it was removed, or, with `--once`, all of it was reported. */
  async #follow(access: WatchAccess, session: WatchSession, line: TargetLine, { over, gone }: { over: AbortSignal; gone: AbortSignal }): Promise<'met' | 'failed' | 'removed' | 'done'> {
    const { clock, random } = this.#context.surroundings;
    // A later version of the file may have another label.
    const currentLabel = (): string | undefined => (this.#targets.get(line.name)?.line ?? line).label;
    const labelled = (event: WatchEvent): WatchEvent => {
      const label = currentLabel();
      return label === undefined ? event : { ...event, label };
    };
    const end = async (reason: string, failed: boolean): Promise<void> => {
      const watched = this.#targets.get(line.name);
      if (watched !== undefined) watched.over = true;
      await session.show(labelled({ type: 'end', time: clock.now(), target: line.name, reason, failed }));
    };
    const signal = AbortSignal.any([over, gone]);
    try {
      await session.joined();
      const limits = { admit: (attempt: AbortSignal) => this.#limiter.enter(attempt), spread: random, everConnected: () => session.connected };
      const stream = await openTarget(access, line.target, signal, { changes: this.#changes, many: true, label: line.label, limits });
      if (!(await session.follow(stream, labelled))) return 'met';
      const done = this.#changes?.once === true && !gone.aborted;
      if (!over.aborted) await end(done ? ALL_REPORTED : NOT_IN_FILE, false);
      return done ? 'done' : 'removed';
    } catch (error) {
      if (over.aborted) throw error;
      if (error === gone.reason) {
        await end(NOT_IN_FILE, false);
        return 'removed';
      }
      const { people, settings: { debug, cloud } } = this.#context;
      this.worst = worse(this.worst, report(error, people, { debug, cloud, target: currentLabel() ?? line.name }));
      await end(toError(error).message, true);
      return 'failed';
    }
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
      const wanted = new Map(lines.map((line) => [line.name, line]));
      const removed = [...this.#targets.values()].filter(({ line, end, again }) => !wanted.has(line.name) && (again !== undefined || !end.signal.aborted));
      const added = lines.filter(({ name }) => {
        const watched = this.#targets.get(name);
        return watched === undefined || (watched.end.signal.aborted && watched.again === undefined);
      });
      for (const watched of this.#targets.values()) {
        watched.line = wanted.get(watched.line.name) ?? watched.line;
        if (watched.again !== undefined) watched.again = wanted.get(watched.again.name) ?? watched.again;
      }
      for (const watched of removed) {
        watched.again = undefined;
        watched.end.abort();
      }
      for (const line of added) {
        const ending = this.#targets.get(line.name);
        if (ending === undefined) this.#start(line);
        else ending.again = line;
      }
      people.say(`Reloaded targets: ${added.length} added, ${removed.length} removed, ${lines.length - added.length} unchanged`);
    } catch (error) {
      people.warn(`couldn't reload the targets, watching the same as before: ${toError(error).message}`);
    }
  }
}
