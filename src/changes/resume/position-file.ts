import { mkdir, open, rename, stat, truncate, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, toError, usageError, WatchError } from '../../errors.ts';
import type { FileLock } from '../../lib/file-lock.ts';
import { refusedBySystem } from '../../lib/system-errors.ts';
import { writeWhole } from '../../lib/write-whole.ts';
import type { Clock } from '../../surroundings.ts';
import type { DrivePosition, PositionStore, Position } from './position-store.ts';
import type { DriveIndex } from '../index/drive-index.ts';
import { takePositionLock } from './position-lock.ts';
import { headerLine, itemLine, progressLine, putStored, readHeader, readItem, readProgress, Replay, type Header } from './records.ts';
import { Seal, sealedLines } from './sealed-lines.ts';
import { survey, type Survey } from './survey.ts';
import { applySteps, type Step } from '../index/round.ts';

/** Beyond this many bytes, and twice its original size, a file is rewritten. */
const OVERGROWN_BYTES = 1024 * 1024;
/** Item lines that are written at once. */
const LINES_AT_ONCE = 2_000;

export interface PositionFileOptions {
  /** Where positions are kept; created if absent. */
  folder: string;
  name: string;
  clock: Clock;
  signal: AbortSignal;
  /** Called once when another process's lock is waited for longer than a second. */
  onWaiting: () => void;
}

/** PositionFile is a position on disk. The cursor in it covers nothing that stdout did not accept. */
export type PositionFile = DrivePosition;

/**
 * `openPositionFile` opens the file of this name for this process alone. Rejects with a usage error when another
 * process has it, and for whatever the file system refuses.
 *
 * One line says where the position is, then come the items that are known, then, line by
 * line, what happened since, each line with a checksum. A line is appended at each step, so a process may be killed at any
 * moment: a last line that is not whole does not count. It is flushed to the disk too, unless it only says what is about to be reported.
 */
export async function openPositionFile({ folder, name, ...options }: PositionFileOptions): Promise<PositionFile> {
  await refusedBySystem(`The position "${name}" cannot be stored`, 'Set GRAPH_WATCH_CONFIG_DIR to another folder.', () => mkdir(folder, { recursive: true, mode: 0o700 }));
  const lock = await takePositionLock(join(folder, `${name}.lock`), { name, ...options });
  const path = join(folder, `${name}.jsonl`);
  return refusedBySystem(`The position file ${path} cannot be used`, 'Check what it is and who owns it: a run with sudo makes root its owner.', () => openLocked(path, name, lock, options.clock));
}

async function openLocked(path: string, name: string, lock: FileLock, clock: Clock): Promise<PositionFile> {
  try {
    const found = await survey(path);
    let damaged: PositionFile['damaged'];
    if (found === 'damaged') {
      damaged = { path: `${path}.damaged-${new Date(clock.now()).toISOString().replace(/[:.]/g, '-')}`, writtenAt: (await stat(path)).mtimeMs };
      await rename(path, damaged.path);
    } else if (found !== undefined) {
      // Appending to half a line would spoil the next one too.
      await truncate(path, found.wholeBytes);
    }
    return new OpenPositionFile(path, name, lock, found === 'damaged' ? undefined : found, damaged);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

class OpenPositionFile implements PositionFile {
  readonly damaged: PositionFile['damaged'];
  readonly stored: PositionStore['stored'];
  readonly #path: string;
  readonly #name: string;
  readonly #lock: FileLock;
  #drive: string | undefined;
  #handle: FileHandle | undefined;
  #bytes: number;
  #baseBytes: number;
  #seal: Seal;
  /** One write at a time, in order. */
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, name: string, lock: FileLock, found: Survey | undefined, damaged: PositionFile['damaged']) {
    this.#path = path;
    this.#name = name;
    this.#lock = lock;
    this.damaged = damaged;
    this.stored = found === undefined ? undefined : { position: found.position, index: found.header.index };
    this.#drive = found?.header.drive;
    this.#bytes = found?.wholeBytes ?? 0;
    this.#baseBytes = found?.baseBytes ?? 0;
    this.#seal = new Seal(found?.sum);
  }

  belongTo(drive: string): void {
    if (this.#drive !== undefined && this.#drive !== drive) {
      throw usageError(`The position "${this.#name}" belongs to another drive.`, 'Give each drive its own name (--resume <name>), or check who is signed in.');
    }
    this.#drive = drive;
  }

  get overgrown(): boolean {
    return this.#bytes > OVERGROWN_BYTES && this.#bytes > 2 * this.#baseBytes;
  }

  async restore(known: DriveIndex, onReported: (step: Step) => void): Promise<Map<string, Step>> {
    let header: Header | undefined;
    let items = 0;
    const replay = new Replay();
    for await (const line of sealedLines(this.#path)) {
      if (line === 'damaged') break;
      const { text } = line;
      if (header === undefined) {
        header = readHeader(text);
        if (header === undefined) break;
      } else if (items < header.items) {
        const item = readItem(text);
        items += 1;
        if (item !== undefined) putStored(item, known);
      } else {
        const progress = readProgress(text);
        if (progress === undefined) continue;
        if (!progress.intended) applySteps(progress.steps, known);
        replay.add(progress);
      }
    }
    known.complete = header?.index ?? false;
    known.aheadUntil = header?.aheadUntil ?? 0;
    // Up to a cursor that is so late, delta has reported all that was listed.
    if ((this.stored?.position.at ?? 0) >= known.aheadUntil) known.settle();
    for (const step of replay.beyond) onReported(step);
    return replay.uncertain;
  }

  rewrite(position: Position, known: DriveIndex): Promise<void> {
    return this.#inTurn(async () => {
      const seal = new Seal();
      const bytes = await writeWhole(this.#path, content({ ...position, drive: this.#drive ?? '' }, known, seal), { durable: true });
      await this.#closeHandle();
      this.#seal = seal;
      this.#bytes = bytes;
      this.#baseBytes = bytes;
    });
  }

  logIntent(steps: readonly Step[]): Promise<void> {
    return this.#inTurn(async () => {
      await this.#write(progressLine(steps, undefined, { intended: true }));
    });
  }

  logDone(steps: readonly Step[]): Promise<void> {
    return this.#writeThrough(progressLine(steps, undefined));
  }

  commit(position: Position, steps: readonly Step[], ahead: number): Promise<void> {
    return this.#writeThrough(progressLine(steps, position, { ahead }));
  }

  #writeThrough(text: string): Promise<void> {
    return this.#inTurn(async () => {
      await this.#write(text);
      await this.#handle?.datasync();
    });
  }

  async #write(text: string): Promise<void> {
    // Without a beginning there is nothing to continue from: the next run starts where this one did.
    if (this.#bytes === 0) return;
    this.#handle ??= await open(this.#path, 'a');
    const seal = new Seal(this.#seal.sum);
    const line = seal.line(text);
    try {
      await this.#handle.appendFile(line);
    } catch (error) {
      // Half a line (a disk that is full) would spoil the next one too.
      await this.#handle.truncate(this.#bytes).catch(() => undefined);
      throw error;
    }
    this.#seal = seal;
    this.#bytes += Buffer.byteLength(line);
  }

  async close(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#closeHandle();
    await this.#lock.release();
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#writing.then(async () => {
      if (this.#lock.lost) throw new WatchError('usage', `Another graph-watch took over the position "${this.#name}" while this one was suspended.`);
      try {
        await work();
      } catch (error) {
        throw new WatchError('internal', `The position "${this.#name}" cannot be written: ${toError(error).message}`, {
          code: codeOf(error), cause: error, hint: 'Check the configuration folder: is its disk full?',
        });
      }
    });
    // The caller gets the error; the next write tries again.
    this.#writing = turn.catch(() => undefined);
    return turn;
  }

  async #closeHandle(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }
}

/** `content` yields the whole text of a file, sealed: the header, and the items of the index. */
function* content(position: Position & { drive: string }, known: DriveIndex, seal: Seal): Generator<string> {
  let text = seal.line(headerLine({ ...position, index: known.complete, items: known.size, aheadUntil: known.aheadUntil }));
  let lines = 0;
  for (const [id, item, isRoot, isListed] of known.entries()) {
    text += seal.line(itemLine(id, item, isRoot, isListed));
    lines += 1;
    if (lines % LINES_AT_ONCE !== 0) continue;
    yield text;
    text = '';
  }
  yield text;
}
