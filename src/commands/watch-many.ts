import { readFile } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import { text } from 'node:stream/consumers';
import { toError, usageError, WatchError } from '../errors.ts';
import type { WatchEvent } from '../events.ts';
import { Admission } from '../stream/admission.ts';
import type { CommandContext } from './context.ts';
import { worse } from './exit-codes.ts';
import { report } from './report.ts';
import { parseTargetLines, type TargetLine } from './target-lines.ts';
import { runSession, type Watched, type WatchOptions, type WatchSession } from './watch-session.ts';
import type { ChangeOptions } from './change-options.ts';
import { openAccess, type WatchAccess } from './watch-source.ts';
import { openTarget } from './watch-target.ts';

/** Why a target ends that a later version of the file does not name. */
const NOT_IN_FILE = 'it is no longer in the file';
/** So many attempts to get an endpoint and to connect may be under way at once. */
const ATTEMPTS_AT_ONCE = 16;

/**
 * Watches every target of a file (`-`: stdin) in one process. A target that fails for good is reported
 * and left out, and the exit code tells the worst; the others are not disturbed. On SIGHUP the file is
 * read again: what is new is added, what is gone is ended.
 */
export async function runWatchMany(context: CommandContext, file: string, options: WatchOptions): Promise<number> {
  if (options.changes?.after !== undefined) throw usageError('A cursor belongs to one drive: --after is for one target.');
  const fleet = new Fleet(context, options.changes);
  const code = await runSession(context, { ...options, many: true }, () => fleet.watched(), async (session) => {
    // Within the session: --timeout counts while a pipe takes its time to name the targets.
    const lines = await readTargets(context, file, session.signal);
    if (lines.length === 0) throw usageError(`${file === '-' ? 'stdin' : file} names no target.`);
    const access = await openAccess(context, session);
    const reload = (): void => {
      void fleet.reload(() => readTargets(context, file, session.signal));
    };
    const release = file === '-' ? undefined : context.onHangup(reload);
    try {
      await fleet.sail(access, session, lines);
    } finally {
      release?.();
    }
  });
  return worse(code, fleet.worst);
}

async function readTargets({ surroundings }: CommandContext, file: string, signal: AbortSignal): Promise<TargetLine[]> {
  if (file === '-') return parseTargetLines(await text(addAbortSignal(signal, surroundings.stdin)));
  try {
    return parseTargetLines(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof WatchError) throw error;
    throw usageError(`The file of targets cannot be read: ${toError(error).message}`);
  }
}

/** A target that is being watched. */
interface Ship {
  line: TargetLine;
  /** Aborted when the target is no longer in the file. */
  end: AbortController;
  /** Resolves when nothing more comes of it. */
  done: Promise<void>;
  /** Its end is being told: it does not count among those that are watched any more. */
  over: boolean;
  /** It is in the file again before it has ended: then it is watched anew. */
  again: TargetLine | undefined;
}

/** The targets that are being watched: each in a loop of its own, all into one session. */
class Fleet {
  readonly #context: CommandContext;
  readonly #changes: ChangeOptions | undefined;
  readonly #sailing = new Map<string, Ship>();
  /** Aborted when the watch is over: each target is named until its `end` is told. */
  readonly #over = new AbortController();
  readonly #admission: Admission;
  #launch: ((line: TargetLine) => void) | undefined;
  /** The worst exit code of a target that failed for good. */
  worst = 0;

  constructor(context: CommandContext, changes: ChangeOptions | undefined) {
    this.#context = context;
    this.#admission = new Admission(ATTEMPTS_AT_ONCE, context.surroundings.clock);
    this.#changes = changes;
  }

  watched(): Watched[] {
    return [...this.#sailing.values()].filter(({ over }) => !over).map(({ line: { name, label } }) => ({ target: name, ...(label === undefined ? {} : { label }) }));
  }

  /** Resolves when `--count` is met, the session is over, or no target is left; and all are at their end. */
  async sail(access: WatchAccess, session: WatchSession, lines: readonly TargetLine[]): Promise<void> {
    const over = AbortSignal.any([session.signal, this.#over.signal]);
    try {
      await new Promise<void>((resolve, reject) => {
        const launch = (line: TargetLine): void => {
          const end = new AbortController();
          const done = this.#follow(access, session, line, { over, gone: end.signal }).then((how) => {
            if (how === 'met') resolve();
            if (how === 'met' || over.aborted) return;
            const again = this.#sailing.get(line.name)?.again;
            this.#sailing.delete(line.name);
            if (again !== undefined) launch(again);
            // A file that names nothing any more may name something at the next SIGHUP.
            else if (how === 'failed' && this.#sailing.size === 0) resolve();
          }).catch(reject);
          this.#sailing.set(line.name, { line, end, done, over: false, again: undefined });
        };
        this.#launch = launch;
        for (const line of lines) launch(line);
        over.addEventListener('abort', () => { resolve(); }, { once: true });
        if (over.aborted) resolve();
      });
    } finally {
      this.#launch = undefined;
      this.#over.abort();
      // What they still have to show and to keep comes before the end is told.
      await Promise.all([...this.#sailing.values()].map(({ done }) => done));
    }
  }

  /** One target, for as long as it can be watched: until its event met the count, it failed, or it was told to end. */
  async #follow(access: WatchAccess, session: WatchSession, line: TargetLine, { over, gone }: { over: AbortSignal; gone: AbortSignal }): Promise<'met' | 'failed' | 'ended'> {
    const { clock, random } = this.#context.surroundings;
    // A later version of the file may name it otherwise.
    const labelled = (): string | undefined => (this.#sailing.get(line.name)?.line ?? line).label;
    const dressed = (event: WatchEvent): WatchEvent => {
      const label = labelled();
      return label === undefined ? event : { ...event, label };
    };
    const end = async (reason: string, failed: boolean): Promise<void> => {
      const ship = this.#sailing.get(line.name);
      if (ship !== undefined) ship.over = true;
      await session.show(dressed({ type: 'end', time: clock.now(), target: line.name, reason, failed }));
    };
    const signal = AbortSignal.any([over, gone]);
    try {
      await session.joined();
      const company = { admit: (attempt: AbortSignal) => this.#admission.enter(attempt), spread: random, everConnected: () => session.connected };
      const stream = await openTarget(access, line.target, signal, { changes: this.#changes, many: true, label: line.label, company });
      if (!(await session.follow(stream, dressed))) return 'met';
      if (!over.aborted) await end(NOT_IN_FILE, false);
      return 'ended';
    } catch (error) {
      if (over.aborted) throw error;
      if (error === gone.reason) {
        await end(NOT_IN_FILE, false);
        return 'ended';
      }
      const { people, settings: { debug, cloud } } = this.#context;
      this.worst = worse(this.worst, report(error, people, { debug, cloud, target: labelled() ?? line.name }));
      await end(toError(error).message, true);
      return 'failed';
    }
  }

  /** Adds what is new and ends what is gone; a file that cannot be read changes nothing. */
  async reload(read: () => Promise<TargetLine[]>): Promise<void> {
    const { people } = this.#context;
    try {
      const lines = await read();
      const wanted = new Map(lines.map((line) => [line.name, line]));
      const removed = [...this.#sailing.values()].filter(({ line, end, again }) => !wanted.has(line.name) && (again !== undefined || !end.signal.aborted));
      const added = lines.filter(({ name }) => {
        const ship = this.#sailing.get(name);
        return ship === undefined || (ship.end.signal.aborted && ship.again === undefined);
      });
      for (const ship of this.#sailing.values()) {
        ship.line = wanted.get(ship.line.name) ?? ship.line;
        if (ship.again !== undefined) ship.again = wanted.get(ship.again.name) ?? ship.again;
      }
      for (const ship of removed) {
        ship.again = undefined;
        ship.end.abort();
      }
      for (const line of added) {
        const ending = this.#sailing.get(line.name);
        if (ending === undefined) this.#launch?.(line);
        else ending.again = line;
      }
      people.say(`read the targets again: ${added.length} added, ${removed.length} ended, ${lines.length - added.length} as before`);
    } catch (error) {
      people.warn(`the targets were not read again, all goes on as before: ${toError(error).message}`);
    }
  }
}
