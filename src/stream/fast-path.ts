import { parseJson } from '../lib/json.ts';

/** Engine.IO's message with a Socket.IO event, or an acknowledgement, whose attachments follow. */
const ATTACHMENTS_FOLLOW = /^4[56]/;

const EVENT_END = ']';

/**
 * FastPath passes a notification from its frame straight to its taker, bypassing the parsers, emitters and
 * ticks of engine.io and socket.io. It takes only frames that begin exactly with `42<namespace>,["notification",`:
 * none that asks for an answer, and none of another spelling. All others go to the library.
 *
 * The order of the wire is kept: the library passes on what it has read with process.nextTick, and until
 * then no frame takes the fast path.
 */
export class FastPath {
  readonly #eventAt: number;
  readonly #start: string;
  #take: ((values: unknown[]) => void) | undefined;
  #closed = false;
  /** Frames that the library has, and may not have passed on yet. */
  #ahead = 0;

  constructor(namespace: string) {
    const head = `42${namespace},`;
    this.#eventAt = head.length;
    this.#start = `${head}["notification",`;
  }

  /** `open` lets notifications through to `take`. Call it when the namespace is acknowledged, and what had come before has been passed on. */
  open(take: (values: unknown[]) => void): void {
    if (!this.#closed) this.#take = take;
  }

  /** Closes it for good: from now on all frames go to the library, which may drop them. */
  close(): void {
    this.#closed = true;
    this.#take = undefined;
  }

  /** Passes on the frame if it is a notification. Returns false if the library has to handle it. */
  takes(frame: unknown): boolean {
    if (this.#take === undefined || this.#ahead > 0 || typeof frame !== 'string' || !frame.startsWith(this.#start)) return false;
    const values = this.#onlyText(frame) ?? this.#values(frame);
    if (values === undefined) return false;
    this.#take(values);
    return true;
  }

  /** The argument, if it is one string: the usual case, and cheaper to parse than the event. */
  #onlyText(frame: string): [string] | undefined {
    if (frame.charAt(this.#start.length) !== '"' || !frame.endsWith(EVENT_END)) return undefined;
    const argument = parseJson(frame.slice(this.#start.length, -EVENT_END.length));
    return typeof argument === 'string' ? [argument] : undefined;
  }

  #values(frame: string): unknown[] | undefined {
    const event = parseJson(frame.slice(this.#eventAt)) as unknown[] | undefined;
    return event?.slice(1);
  }

  /** `passed` notes a frame that the library was given; until it is done with that, it gets all others too. */
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
