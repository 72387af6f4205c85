import type { WebSocket } from 'ws';

/** At most one question a second for the frames that arrive, so that a burst is not answered with a burst. */
const ASK_EVERY_MS = 1_000;

interface Waiting {
  question: number;
  withinMs: number;
  timer: NodeJS.Timeout | undefined;
  resolve: (answered: boolean) => void;
}

/**
 * Asks the peer for signs of life (WebSocket pings, RFC 6455 §5.5.2) and knows what its answers prove:
 * the wire keeps order, so once the answer is here, all that was sent before the question is here too.
 *
 * The time of the last frame would prove less. A frame may have waited in a buffer for as long as the
 * process was stopped or reading was paused, and what was sent after it may be lost for good.
 */
export class LifeSigns {
  readonly #webSocket: WebSocket;
  readonly #now: () => number;
  readonly #waiting = new Set<Waiting>();
  #questions = 0;
  /** The question about arriving frames that has no answer yet. */
  #open: { question: number; askedAt: number } | undefined;
  /** Monotonic: a clock that is set back must not silence the questions. */
  #lastAskedMs = -Infinity;
  #reading = true;
  #completeUntil: number;

  constructor(webSocket: WebSocket, now: () => number) {
    this.#webSocket = webSocket;
    this.#now = now;
    this.#completeUntil = now();
    webSocket.on('pong', (data) => {
      this.#answered(Number(data.toString()));
    });
    webSocket.once('close', () => {
      this.end();
    });
  }

  /** Wall clock in milliseconds: all that the peer sent before then has arrived. */
  get completeUntil(): number {
    return this.#completeUntil;
  }

  /** To be called at each frame that arrives. */
  heard(): void {
    if (this.#open !== undefined || performance.now() - this.#lastAskedMs < ASK_EVERY_MS) return;
    this.#lastAskedMs = performance.now();
    this.#open = { question: this.#questions + 1, askedAt: this.#now() };
    this.#ask();
  }

  /**
   * True once an answer is here, and with it everything that the peer had sent before; false after
   * `withinMs` without one. Time in which reading is paused does not count: the answer waits unread.
   */
  answers(withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      if (this.#webSocket.readyState !== this.#webSocket.OPEN) {
        resolve(false);
        return;
      }
      const waiting: Waiting = { question: this.#ask(), withinMs, timer: undefined, resolve };
      this.#waiting.add(waiting);
      if (this.#reading) this.#arm(waiting);
    });
  }

  /** To be called when reading is paused, and when it goes on. */
  reading(reading: boolean): void {
    this.#reading = reading;
    for (const waiting of this.#waiting) {
      clearTimeout(waiting.timer);
      if (reading) this.#arm(waiting);
    }
  }

  /** The connection is over: there will be no answers. */
  end(): void {
    for (const waiting of [...this.#waiting]) this.#settle(waiting, false);
  }

  #ask(): number {
    this.#questions += 1;
    this.#webSocket.ping(String(this.#questions));
    return this.#questions;
  }

  /** A peer may answer only the latest of several pings: an answer counts for all questions before it. */
  #answered(question: number): void {
    if (this.#open !== undefined && question >= this.#open.question) {
      this.#completeUntil = this.#open.askedAt;
      this.#open = undefined;
    }
    for (const waiting of [...this.#waiting]) {
      if (question >= waiting.question) this.#settle(waiting, true);
    }
  }

  #settle(waiting: Waiting, answered: boolean): void {
    clearTimeout(waiting.timer);
    this.#waiting.delete(waiting);
    // Events of the frames before the answer are handed on with process.nextTick: let them pass first.
    setImmediate(waiting.resolve, answered);
  }

  #arm(waiting: Waiting): void {
    waiting.timer = setTimeout(() => {
      this.#settle(waiting, false);
    }, waiting.withinMs);
  }
}
