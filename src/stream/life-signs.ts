import type { WebSocket } from 'ws';

/** At most one question a second about the frames that arrive, so that a burst is not answered with a burst. */
const ASK_EVERY_MS = 1_000;
/** First comes what the frame is for, a query for instance: nobody waits for the answer. */
const ASK_AFTER_MS = 50;
/**
 * What a server wants to send may wait in a queue above its WebSocket, where the answer to a ping
 * overtakes it (socket.io's does while a write is under way). By the second answer that queue has been sent.
 */
const ROUNDS = 2;

/** A question that waits for its answers. */
interface Question {
  /** The ping that is under way, and how many more will follow it. */
  ping: number;
  roundsLeft: number;
  /** How long may pass, with reading on, until the last answer; `undefined`: as long as it takes. */
  withinMs: number | undefined;
  timer: NodeJS.Timeout | undefined;
  done: (answered: boolean) => void;
}

/**
 * LifeSigns sends WebSocket pings (RFC 6455 §5.5.2) and knows what their answers prove:
 * the wire keeps order, so once the answer is here, all that was sent before the question is here too.
 *
 * The time of the last frame would prove less. A frame may have waited in a buffer for as long as the
 * process was stopped or reading was paused, and what was sent after it may be lost for good.
 */
export class LifeSigns {
  readonly #webSocket: WebSocket;
  readonly #now: () => number;
  readonly #questions = new Set<Question>();
  #pings = 0;
  /** Whether there is an open question about arriving frames, and when the last one was put (monotonic, in ms). */
  #asking = false;
  #lastAskedMs = -Infinity;
  #soon: NodeJS.Timeout | undefined;
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

  /** `heard` asks the peer for a sign of life soon, at most every ASK_EVERY_MS. Call it at each frame that arrives. */
  heard(): void {
    if (this.#asking || performance.now() - this.#lastAskedMs < ASK_EVERY_MS) return;
    this.#asking = true;
    this.#lastAskedMs = performance.now();
    this.#soon = setTimeout(() => {
      const askedAt = this.#now();
      this.#ask(undefined, (answered) => {
        this.#asking = false;
        if (answered) this.#completeUntil = askedAt;
      });
    }, ASK_AFTER_MS);
  }

  /**
   * True once the peer has answered, and with it all that it had sent before is here; false when the
   * connection is over, or after `withinMs` without an answer. Time in which reading is paused does
   * not count: the answer waits unread.
   */
  answers(withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      // Events of the frames before the answer are handed on with process.nextTick: let them pass first.
      this.#ask(withinMs, (answered) => setImmediate(resolve, answered));
    });
  }

  /** `reading` stops the time that answers may take while reading is paused. Call it when reading is paused or resumed. */
  reading(reading: boolean): void {
    this.#reading = reading;
    for (const question of this.#questions) {
      clearTimeout(question.timer);
      if (reading) this.#startTimer(question);
    }
  }

  /** The connection is over: there will be no answers. */
  end(): void {
    clearTimeout(this.#soon);
    for (const question of [...this.#questions]) this.#settle(question, false);
  }

  #ask(withinMs: number | undefined, done: (answered: boolean) => void): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) {
      done(false);
      return;
    }
    const question: Question = { ping: this.#ping(), roundsLeft: ROUNDS - 1, withinMs, timer: undefined, done };
    this.#questions.add(question);
    if (this.#reading) this.#startTimer(question);
  }

  #ping(): number {
    this.#pings += 1;
    this.#webSocket.ping(String(this.#pings));
    return this.#pings;
  }

  /** A peer may answer only the latest of several pings: an answer counts for all before it. */
  #answered(ping: number): void {
    for (const question of [...this.#questions]) {
      if (!(ping >= question.ping)) continue;
      if (question.roundsLeft === 0) {
        this.#settle(question, true);
      } else {
        question.roundsLeft -= 1;
        question.ping = this.#ping();
      }
    }
  }

  #settle(question: Question, answered: boolean): void {
    clearTimeout(question.timer);
    if (this.#questions.delete(question)) question.done(answered);
  }

  #startTimer(question: Question): void {
    if (question.withinMs === undefined) return;
    question.timer = setTimeout(() => {
      this.#settle(question, false);
    }, question.withinMs);
  }
}
