/** Engine.IO's message with a Socket.IO event, or an acknowledgement, whose attachments follow. */
const ATTACHMENTS_FOLLOW = /^4[56]/;

/**
 * The short way of a notification from its frame to whoever takes it, past the parsers, emitters and
 * ticks of engine.io and socket.io. Only a frame goes it that begins with `42<namespace>,["notification",`
 * to the letter: none that asks for an answer, and none of another spelling. All else is the library's.
 *
 * The order of the wire holds: what the library has read it hands on with process.nextTick, and until
 * then no frame goes the short way.
 */
export class FastPath {
  readonly #eventAt: number;
  readonly #start: string;
  #take: ((values: unknown[]) => void) | undefined;
  #closed = false;
  /** Frames that the library has, and may not have handed on yet. */
  #ahead = 0;

  constructor(namespace: string) {
    const head = `42${namespace},`;
    this.#eventAt = head.length;
    this.#start = `${head}["notification",`;
  }

  /** To be called when the namespace is acknowledged, and what had come before has been handed on. */
  open(take: (values: unknown[]) => void): void {
    if (!this.#closed) this.#take = take;
  }

  /** For good: all that comes is the library's, to be dropped where it drops it. */
  close(): void {
    this.#closed = true;
    this.#take = undefined;
  }

  /** Hands on the notification that the frame is. False where the library has to have the frame. */
  takes(frame: unknown): boolean {
    if (this.#take === undefined || this.#ahead > 0 || typeof frame !== 'string' || !frame.startsWith(this.#start)) return false;
    let values: unknown[];
    try {
      values = JSON.parse(frame.slice(this.#eventAt)) as unknown[];
    } catch {
      return false;
    }
    values.shift();
    this.#take(values);
    return true;
  }

  /** To be called once the library was given a frame. */
  passed(frame: unknown): void {
    // The library holds such an event back until the frames after it are here, which must not overtake
    // it. The push host is not known to send any: from here on the library has everything.
    if (typeof frame === 'string' && ATTACHMENTS_FOLLOW.test(frame)) this.close();
    this.#ahead += 1;
    process.nextTick(() => {
      this.#ahead -= 1;
    });
  }
}
