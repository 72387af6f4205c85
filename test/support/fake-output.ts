import { Writable } from 'node:stream';

/** A writable stream that records what it gets, and can be a terminal, a slow reader, or one that goes away. */
export class FakeOutput extends Writable {
  readonly isTTY: boolean | undefined;
  columns: number | undefined;
  text = '';
  /** Each piece as it was written. */
  readonly writes: string[] = [];
  #stalled: (() => void) | undefined;
  #isStalled = false;
  #failure: Error | undefined;
  readonly #watchers = new Set<() => void>();

  constructor({ isTTY = false, columns = 80, highWaterMark }: { isTTY?: boolean; columns?: number; highWaterMark?: number } = {}) {
    super({ decodeStrings: false, ...(highWaterMark === undefined ? {} : { highWaterMark }) });
    this.isTTY = isTTY ? true : undefined;
    this.columns = isTTY ? columns : undefined;
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }

  /** From now on nothing is taken, as if the reader had stopped reading. */
  stall(): void {
    this.#isStalled = true;
  }

  /** The reader reads again. */
  flow(): void {
    this.#isStalled = false;
    const go = this.#stalled;
    this.#stalled = undefined;
    go?.();
  }

  /** The terminal gets another width. */
  resize(columns: number): void {
    this.columns = columns;
    this.emit('resize');
  }

  /** The next write fails with this code: `EPIPE` means that the reader is gone, `ENOSPC` that the disk is full. */
  breakWith(code: string): void {
    this.#failure = Object.assign(new Error(`write ${code}`), { code, errno: -1, syscall: 'write' });
  }

  /** Resolves with the whole text once it contains or matches `wanted`, or `wanted` returns true. */
  until(wanted: string | RegExp | ((text: string) => boolean)): Promise<string> {
    const holds = typeof wanted === 'function' ? wanted : (text: string): boolean => (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text));
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds(this.text)) return;
        this.#watchers.delete(look);
        resolve(this.text);
      };
      this.#watchers.add(look);
      look();
    });
  }

  // What else a terminal can do; the position of the cursor does not matter here.
  cursorTo(): boolean {
    return true;
  }

  moveCursor(): boolean {
    return true;
  }

  clearLine(): boolean {
    return true;
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const take = (): void => {
      if (this.#failure !== undefined) {
        done(this.#failure);
        return;
      }
      this.writes.push(chunk.toString());
      this.text += chunk.toString();
      for (const look of [...this.#watchers]) look();
      done();
    };
    if (this.#isStalled) this.#stalled = take;
    else take();
  }
}
