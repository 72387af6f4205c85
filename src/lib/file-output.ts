import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { toError } from '../errors.ts';

const NEWLINE = 0x0a;

/** Writes bytes from `offset` on to a descriptor and returns how many were accepted, as `fs.writeSync` does. */
export type WriteBytes = (fd: number, bytes: Uint8Array, offset: number) => number;

/**
 * FileOutput is a stream to a regular file that knows how much of each write the system accepted. On a disk that
 * is nearly full the system accepts a part and reports only how much; Node's own stdout ignores that number and
 * calls the write a success. Here the rest is written again, and what is refused is an error of the stream.
 */
export class FileOutput extends Writable {
  readonly fd: number;
  /** Bytes of the latest write that the system has not accepted. */
  untakenBytes = 0;
  readonly #write: WriteBytes;

  constructor(fd: number, write: WriteBytes = writeSync) {
    super({ decodeStrings: true });
    this.fd = fd;
    this.#write = write;
  }

  /** Says whether the file ends in the middle of a line, as far as it can be read: an earlier run was refused the rest. */
  endsMidLine(): boolean {
    try {
      const { size } = fstatSync(this.fd);
      return size > 0 && lastByte(this.fd, size) !== NEWLINE;
    } catch {
      // A file that may be written and not read: unknown.
      return false;
    }
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.untakenBytes = bytes.length;
    try {
      while (this.untakenBytes > 0) {
        const taken = this.#write(this.fd, bytes, bytes.length - this.untakenBytes);
        if (taken === 0) throw Object.assign(new Error('EIO: the system accepts no more data'), { code: 'EIO' });
        this.untakenBytes -= taken;
      }
    } catch (error) {
      done(toError(error));
      return;
    }
    done();
  }
}

/** `fileOutput` returns a stream to this descriptor if it is a regular file, and `undefined` for anything else. */
export function fileOutput(fd: number): FileOutput | undefined {
  try {
    return fstatSync(fd).isFile() ? new FileOutput(fd) : undefined;
  } catch {
    // It is closed: Node reports that itself.
    return undefined;
  }
}

/** A descriptor that was opened only for writing can be reopened for reading if the system has `/dev/fd`. */
function lastByte(fd: number, size: number): number | undefined {
  const byte = Buffer.alloc(1, NEWLINE);
  const reader = openSync(`/dev/fd/${fd}`, 'r');
  try {
    readSync(reader, byte, 0, 1, size - 1);
    return byte[0];
  } finally {
    closeSync(reader);
  }
}
