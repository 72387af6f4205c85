import type { WebSocket } from 'ws';
import { field, parseJson } from '../lib/json.ts';
import type { Connection } from '../stream/connection.ts';
import { frameShape, payloadShape } from './shape.ts';

/** Timed is a value and when it came. */
interface Timed<T> {
  value: T;
  /** Monotonic, in milliseconds. */
  at: number;
}

interface Moment<T> {
  readonly seen: Promise<Timed<T>>;
  readonly now: Timed<T> | undefined;
  set(value: T): void;
}

/** Session is Engine.IO's handshake: how often the server pings, and how long it waits for the answer, in milliseconds. */
export interface Session {
  pingIntervalMs: number;
  pingTimeoutMs: number;
}

/**
 * PushTrial is one connection to the push host, seen from outside: what goes over the WebSocket that the tool's
 * own client uses.
 */
export class PushTrial {
  readonly upgraded: Moment<Readonly<Record<string, string | string[] | undefined>>> = moment();
  readonly opened: Moment<Session> = moment();
  readonly pinged: Moment<undefined> = moment();
  readonly ponged: Moment<undefined> = moment();
  /** The answer to the namespace that was asked for, and to the root namespace, as shapes. */
  readonly acknowledged: Moment<string> = moment();
  readonly rootAnswered: Moment<string> = moment();
  /** The first notification, as a shape. */
  readonly notified: Moment<string> = moment();
  /** When notifications came, monotonic, in milliseconds. */
  readonly notifications: number[] = [];
  readonly connection: Promise<Connection>;
  readonly #namespace: string;
  #webSocket: WebSocket | undefined;
  #onNotification: (() => void) | undefined;

  constructor(url: URL, open: (onWebSocket: (webSocket: WebSocket) => void) => Promise<Connection>) {
    this.#namespace = url.pathname;
    this.connection = open((webSocket) => { this.#watch(webSocket); });
    // Anybody who waits for it learns of it.
    this.connection.catch(() => undefined);
  }

  /** Sends a WebSocket ping (RFC 6455 §5.5.2); `ponged` is its answer. */
  ping(): void {
    this.#webSocket?.ping(PING);
  }

  /** Asks for the root namespace, as some clients do; `rootAnswered` is its answer. */
  joinRoot(): void {
    if (this.#webSocket?.readyState === this.#webSocket?.OPEN) this.#webSocket?.send('40');
  }

  /** Resolves with the time of the first notification after `since`, both monotonic, or with `undefined` once the signal aborts. */
  notificationAfter(since: number, signal: AbortSignal): Promise<number | undefined> {
    return new Promise((resolve) => {
      const look = (): void => {
        const at = this.notifications.find((time) => time >= since);
        if (at === undefined && !signal.aborted) return;
        this.#onNotification = undefined;
        signal.removeEventListener('abort', look);
        resolve(at);
      };
      this.#onNotification = look;
      signal.addEventListener('abort', look, { once: true });
      look();
    });
  }

  #watch(webSocket: WebSocket): void {
    this.#webSocket = webSocket;
    webSocket.on('upgrade', ({ headers }) => { this.upgraded.set(headers); });
    webSocket.on('pong', (data) => { if (data.toString() === PING) this.ponged.set(undefined); });
    webSocket.on('message', (data) => {
      // A text frame is a Buffer too; no other kind is configured.
      if (Buffer.isBuffer(data)) this.#frame(data.toString('utf8'));
    });
  }

  #frame(frame: string): void {
    if (frame.startsWith('0')) this.#open(parseJson(frame.slice(1)));
    else if (frame === '2') this.pinged.set(undefined);
    else if (/^4[04]/.test(frame)) this.#answer(frame);
    else if (frame.startsWith('42')) this.#event(frame);
  }

  #open(handshake: unknown): void {
    const [pingIntervalMs, pingTimeoutMs] = [field(handshake, 'pingInterval'), field(handshake, 'pingTimeout')];
    if (typeof pingIntervalMs === 'number' && typeof pingTimeoutMs === 'number') this.opened.set({ pingIntervalMs, pingTimeoutMs });
  }

  #answer(frame: string): void {
    const isRoot = frame.charAt(2) !== '/';
    if (!isRoot && !frame.startsWith(this.#namespace, 2)) return;
    (isRoot && this.#namespace !== '/' ? this.rootAnswered : this.acknowledged).set(frameShape(frame));
  }

  #event(frame: string): void {
    const at = frame.indexOf('[');
    const values = at < 0 ? undefined : parseJson(frame.slice(at));
    if (!Array.isArray(values) || values[0] !== 'notification') return;
    this.notifications.push(performance.now());
    this.notified.set(values.slice(1).map((value) => payloadShape(JSON.stringify(value))).join(', '));
    this.#onNotification?.();
  }
}

/** LifeSigns numbers its own pings: this is not one of its numbers. */
const PING = 'graph-watch doctor';

/** The first of something that may happen many times. */
function moment<T>(): Moment<T> {
  let resolve: (value: Timed<T>) => void = () => undefined;
  let now: Timed<T> | undefined;
  const seen = new Promise<Timed<T>>((found) => { resolve = found; });
  return {
    seen,
    get now() {
      return now;
    },
    set(value) {
      now ??= { value, at: performance.now() };
      resolve(now);
    },
  };
}
