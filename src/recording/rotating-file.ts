import type { Stats } from 'node:fs';
import { lstat, type FileHandle } from 'node:fs/promises';
import { ifThere } from '../lib/system-errors.ts';
import { prune, setAside } from './parts.ts';
import { isSame, openRecording } from './recording-file.ts';

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

/** RotatingFile is a recording that is set aside once it is large, and continued in a new file with the same name. Every part begins and ends with a whole line. */
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
    return { handle, stats: await handle.stat() };
  }

  /** Returns how many bytes still fit into the file. Call it before each `append`, except before a repeated one. */
  async room(): Promise<number> {
    this.#opened = await this.open();
    return Math.max(0, this.#options.mostBytes - this.#opened.stats.size);
  }

  /** Appends whole lines; if they don't fit, in a new file. After a failure, call it again with the same bytes: it continues where it stopped. */
  async append(bytes: Uint8Array): Promise<void> {
    const { handle: held, stats: { size } } = this.#opened ?? await this.open();
    this.#opened = undefined;
    const isFull = this.#done === 0 && size > 0 && size + bytes.length > this.#options.mostBytes;
    const handle = isFull ? (await this.#rotate()).handle : held;
    while (this.#done < bytes.length) {
      const { bytesWritten } = await handle.write(bytes, this.#done);
      if (bytesWritten === 0) throw Object.assign(new Error('EIO: the system accepts no more data'), { code: 'EIO' });
      this.#done += bytesWritten;
    }
    this.#done = 0;
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
