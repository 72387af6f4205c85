import { accessSync, constants, lstatSync, readFileSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf, toError, usageError, WatchError } from '../errors.ts';
import { targetKey, type WatchEvent } from '../events.ts';
import { Stopwatch } from '../lib/deadline.ts';
import { isRecord, parseJson } from '../lib/json.ts';
import { writeWhole } from '../lib/write-whole.ts';
import { lifecycleRecord } from '../output/ndjson.ts';
import type { Clock } from '../surroundings.ts';

/** ReadyFile is the file of `--ready-file`: it exists, with the last ready record in it, only while every target that is being watched is connected. */
export interface ReadyFile {
  follow(event: WatchEvent): Promise<void>;
  /** Checks again what is being watched. Call it when that has changed: another target is not connected yet. */
  recount(): Promise<void>;
  remove(): Promise<void>;
  /** Removes the file immediately, for a process that is about to end. */
  removeNow(): void;
}

export type ReadyEvent = WatchEvent & { type: 'ready' };

export interface ReadyFileOptions {
  path: string | undefined;
  /** Returns the keys of the targets that are being watched at that moment, without those whose end is being reported; `undefined` while some are still being looked up. */
  watching: () => readonly string[] | undefined;
  /** What is ready where there may be nothing to watch, such as a member of a cluster; `undefined` while that is not ready itself. Without it, nothing is ready unless a target is. */
  standby?: (() => ReadyEvent | undefined) | undefined;
  clock: Clock;
  /** Ends the retries. */
  signal: AbortSignal;
  warn: (line: string) => void;
  /** Called once the file could not be written for a minute. */
  onFailed: (error: WatchError) => void;
}

/** How long a failure may last after the first success, in milliseconds: a full disk, a share that is unreachable. */
const PATIENCE_MS = 60_000;
const RETRY_MS = 1_000;
/** A ready record is much shorter. */
const LONGEST_RECORD_BYTES = 64 * 1024;

/**
 * `readyFile` follows the targets with the file at `path`. Throws a usage error, before anything is touched, for a
 * path that cannot be written, and for an existing file that is not a ready record of an earlier run.
 */
export function readyFile({ path, watching, standby, clock, signal, warn, onFailed }: ReadyFileOptions): ReadyFile {
  if (path === undefined) return { follow: () => Promise.resolve(), recount: () => Promise.resolve(), remove: () => Promise.resolve(), removeNow: () => undefined };
  /** Whether it was written, by this run or an earlier one, or is being written. */
  let begun = isThere(path);
  attemptNow(path, () => { accessSync(dirname(path), constants.W_OK); });
  const connected = new Set<string>();
  let record = '';
  /** What is in the file, if it is there. */
  let written: string | undefined;
  let everWritten = false;
  let retrying = false;
  let turn = Promise.resolve();
  // One after the other, each with the latest state: targets come and go while one of these is under way, and the
  // last to finish must not be the one with the oldest state.
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };
  const erase = async (): Promise<void> => {
    if (begun && isThere(path)) await attempt(path, () => rm(path, { force: true }));
    written = undefined;
    begun = false;
  };
  const whatIsReady = (): string | undefined => {
    const targets = watching();
    const idle = standby?.();
    if (targets === undefined || (standby !== undefined && idle === undefined)) return undefined;
    if (targets.length === 0) return idle === undefined ? undefined : recordOf(idle);
    return targets.every((target) => connected.has(target)) ? record : undefined;
  };
  const update = async (): Promise<void> => {
    const wanted = whatIsReady();
    if (wanted === written) return;
    if (wanted === undefined) {
      await erase();
      return;
    }
    isThere(path);
    begun = true;
    await attempt(path, async () => { await writeWhole(path, wanted, { mode: 0o666 }); });
    written = wanted;
    everWritten = true;
  };
  const retry = async (failure: WatchError): Promise<void> => {
    warn(`${failure.message}; retrying for a minute`);
    const time = new Stopwatch(clock.now);
    for (let error: WatchError | undefined = failure; error !== undefined;) {
      await clock.sleep(RETRY_MS, signal);
      if (signal.aborted) return;
      // Within the turn: the next update must not find `retrying` still set once the retry is over.
      error = await inTurn(async () => {
        await update();
        retrying = false;
      }).then(() => undefined, (thrown: unknown) => refusal(path, thrown));
      if (error === undefined || time.elapsedMs < PATIENCE_MS) continue;
      onFailed(error);
      return;
    }
  };
  const recount = (): Promise<void> => inTurn(async () => {
    if (retrying) return;
    try {
      await update();
    } catch (error) {
      // Before the first success, report it immediately to whoever waits for the file.
      if (!everWritten) throw error;
      retrying = true;
      void retry(refusal(path, error));
    }
  });
  return {
    recount,
    remove: () => inTurn(erase),
    removeNow: () => {
      if (begun && isThere(path)) rmSync(path, { force: true });
    },
    async follow(event) {
      if (event.type !== 'ready' && event.type !== 'end' && event.type !== 'reconnecting') return;
      if (event.type === 'ready') {
        connected.add(targetKey(event));
        record = recordOf(event);
      } else {
        connected.delete(targetKey(event));
      }
      await recount();
    },
  };
}

function recordOf(event: ReadyEvent): string {
  return `${JSON.stringify(lifecycleRecord(event))}\n`;
}

/** Whether there is a ready record. Throws a usage error for anything else: it is not ours to replace. */
function isThere(path: string): boolean {
  return attemptNow(path, () => {
    try {
      const { size } = lstatOfFile(path);
      const content = size > LONGEST_RECORD_BYTES ? undefined : parseJson(readFileSync(path, 'utf8'));
      if (isRecord(content) && content.type === 'ready' && typeof content.time === 'string' && typeof content.target === 'string') return true;
      throw usageError(`The ready file ${path} would replace a file that is not a ready record.`, 'Remove it, or choose another path.');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    }
  });
}

/** Does not follow links, and refuses a FIFO or a device: reading it would consume data. */
function lstatOfFile(path: string): { size: number } {
  const stats = lstatSync(path);
  if (stats.isFile()) return stats;
  throw usageError(`The ready file ${path} cannot be written: it exists and is not a regular file.`, 'Choose another path.');
}

async function attempt(path: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    throw refusal(path, error);
  }
}

function attemptNow<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw refusal(path, error);
  }
}

function refusal(path: string, error: unknown): WatchError {
  return error instanceof WatchError ? error : usageError(`The ready file ${path} cannot be written: ${toError(error).message}`);
}
