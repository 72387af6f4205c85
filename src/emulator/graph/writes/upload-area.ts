import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GraphError } from '../errors.ts';

/** Files that a killed emulator left behind are deleted at this age. */
const STALE_MS = 24 * 3600_000;

/** UploadArea keeps uploads outside the drive's folder until they are complete. */
export class UploadArea {
  readonly #folder: string;
  readonly #files = new Set<string>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(folder: string): Promise<UploadArea> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const modifiedMs = (await stat(path).catch(() => undefined))?.mtimeMs ?? Infinity;
      if (modifiedMs < Date.now() - STALE_MS) await rm(path, { force: true });
    }
    return new UploadArea(folder);
  }

  /** Returns the path of a file that does not exist yet. */
  newFile(): string {
    const path = join(this.#folder, randomUUID());
    this.#files.add(path);
    return path;
  }

  /**
   * Appends a body to a file of `length` bytes. Throws Graph's 413 for more than `limit` bytes; the file
   * then keeps its old length, as it does if the client disconnects. Returns the new length.
   */
  async append(path: string, length: number, body: ReadableStream<Uint8Array> | null, limit: number): Promise<number> {
    let received = 0;
    const counter = new Transform({
      transform: (piece: Uint8Array, _encoding, done) => {
        received += piece.length;
        if (received > limit) done(new GraphError(413, 'requestEntityTooLarge', `The request is larger than ${limit} bytes.`));
        else done(null, piece);
      },
    });
    try {
      await pipeline(body === null ? Readable.from([]) : Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]), counter, createWriteStream(path, { flags: 'a' }));
    } catch (error) {
      await truncate(path, length).catch(() => undefined);
      throw error;
    }
    return length + received;
  }

  truncate(path: string, length: number): Promise<void> {
    return truncate(path, length);
  }

  async delete(path: string): Promise<void> {
    this.#files.delete(path);
    await rm(path, { force: true });
  }

  async close(): Promise<void> {
    for (const path of this.#files) await this.delete(path);
  }
}
