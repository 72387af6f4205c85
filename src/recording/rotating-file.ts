import type { Stats } from 'node:fs';
import { lstat, type FileHandle } from 'node:fs/promises';
import { ifThere } from '../lib/system-errors.ts';
import { numberParts, prune, setAside } from './parts.ts';
import { isSame, openRecording } from './recording-file.ts';

const NEWLINE = 0x0a;
const LINE_END = Buffer.from([NEWLINE]);

export interface RotatingFileOptions {
  path: string;
  /** The size, in bytes, above which a file is set aside as a part. */
  mostBytes: number;
  /** How many files are kept, this one included. */
  mostFiles: number;
  /** See `openRecording`. */
  pause: () => Promise<void>;
  /** Called when the end of a record had to be removed. */
  onMended: (bytes: number) => void;
}

interface OpenedFile {
  handle: FileHandle;
  stats: Stats;
}

/** RotatingFile is a recording that is set aside once it is large, and continued in a new file with the same name. Every part begins with a whole line, and ends with one unless a process was killed, or gave up, while it wrote. */
export class RotatingFile {
  readonly #options: RotatingFileOptions;
  #handle: FileHandle | undefined;
  /** The file that `room` has checked, for the next `append`. */
  #opened: OpenedFile | undefined;
  /** How many bytes of the text that is being written have been written. */
  #done = 0;

  constructor(options: RotatingFileOptions) {
    this.#options = options;
  }

  /** Opens the file, or the one that has taken its place, since it may have been moved or removed. Rejects as `openRecording` does. */
  async open(): Promise<OpenedFile> {
    const { path, pause, onMended } = this.#options;
    const held = this.#handle;
    if (held !== undefined) {
      const stats = await held.stat();
      // The rest of a line belongs in the file that has its beginning.
      const there = this.#done > 0 ? stats : await ifThere(() => lstat(path));
      if (there !== undefined && isSame(there, stats)) return { handle: held, stats };
      await this.close();
    }
    const { handle, removed } = await openRecording(path, pause);
    this.#handle = handle;
    if (removed > 0) onMended(removed);
    await numberParts(path);
    return { handle, stats: await handle.stat() };
  }

  /** Returns how many bytes still fit into the file. Call it before each `append`, except before a repeated one. */
  async room(): Promise<number> {
    this.#opened = await this.open();
    return Math.max(0, this.#options.mostBytes - this.#opened.stats.size);
  }

  /** Appends whole lines, after a line break if a line of another process was cut short; if they don't fit, in a new file. After a failure, call it again with the same bytes: it continues where it stopped. */
  async append(bytes: Uint8Array): Promise<void> {
    const { handle: held, stats: { size } } = this.#opened ?? await this.open();
    this.#opened = undefined;
    const part = this.#writtenPart(bytes);
    let handle = held;
    if (part.length === 0 || !await endsWith(held, size, part)) {
      // Another process has added lines since, or has removed the part, taking it for what a killed process left: the line is written again.
      this.#done -= part.length;
      if (size > 0 && !await endsWith(held, size, LINE_END)) await held.write(LINE_END, 0);
      if (this.#done === 0 && size > 0 && size + bytes.length > this.#options.mostBytes) handle = (await this.#rotate()).handle;
    }
    while (this.#done < bytes.length) {
      const { bytesWritten } = await handle.write(bytes, this.#done);
      if (bytesWritten === 0) throw Object.assign(new Error('EIO: the system accepts no more data'), { code: 'EIO' });
      this.#done += bytesWritten;
    }
    this.#done = 0;
  }

  /** What was written of a line before a failure. */
  #writtenPart(bytes: Uint8Array): Uint8Array {
    const written = bytes.subarray(0, this.#done);
    return written.subarray(written.lastIndexOf(NEWLINE) + 1);
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async #rotate(): Promise<OpenedFile> {
    const { path, mostFiles } = this.#options;
    await setAside(path);
    await this.close();
    const opened = await this.open();
    await prune(path, mostFiles - 1);
    return opened;
  }
}

async function endsWith(handle: FileHandle, size: number, end: Uint8Array): Promise<boolean> {
  if (size < end.length) return false;
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(end.length), 0, end.length, size - end.length);
  return bytesRead === end.length && buffer.equals(end);
}
