import { Manager, type Socket } from 'socket.io-client';
import { Encoder } from 'socket.io-parser';
import { toError, type WatchError } from '../errors.ts';
import type { Taker } from '../lib/bounded-queue.ts';
import { foreignText } from '../lib/foreign-text.ts';
import type { Connection, SocketOptions } from './connection.ts';
import { FastPath } from './fast-path.ts';
import { Inbox, type PausableSource } from './inbox.ts';
import { LifeSigns } from './life-signs.ts';
import { connectError, describeLoss, type HandshakeFault, type Peer } from './socket-errors.ts';
import { StrictDecoder } from './strict-decoder.ts';
import { transportOptions, type PushTransport, type TransportOwner } from './transport.ts';
import { release, watchHandshake } from './web-socket.ts';

/** While reading is paused the server's pings wait unread; it gets a pong at least this often. */
const LONGEST_KEEP_ALIVE_MS = 10_000;
/** Events before the acknowledgement wait in socket.io's memory. None are known to come then. */
const MOST_BEFORE_ACKNOWLEDGED = 1024 * 1024;

/**
 * PushConnection is a connection over socket.io-client. There may be ten thousand in a process: it keeps nothing of the attempt that made
 * it once it is acknowledged, and has methods where closures would each keep a scope.
 */
export class PushConnection implements Connection, PausableSource, TransportOwner {
  readonly ended: Promise<string>;
  readonly shortcut: FastPath;
  readonly #inbox = new Inbox<unknown>(this);
  readonly #options: Pick<SocketOptions, 'now' | 'redact' | 'debug' | 'onWebSocket'>;
  readonly #namespace: string;
  readonly #peer: Peer;
  readonly #fault: HandshakeFault = {};
  readonly #socket: Socket;
  #transport: PushTransport | undefined;
  /** Set once the namespace is acknowledged. */
  #lifeSigns: LifeSigns | undefined;
  #finish: (reason: string) => void = () => undefined;
  /** Set until the attempt has succeeded or failed. */
  #attempt: { resolve: () => void; reject: (error: WatchError) => void } | undefined;
  #isOver = false;
  /** Bytes or characters that came before the acknowledgement. */
  #early = 0;

  constructor(url: URL, { connection, proxy, now, redact, debug, onWebSocket }: SocketOptions) {
    this.#options = { now, redact, debug, onWebSocket };
    this.#peer = { host: url.host, proxy, now, redact };
    this.#namespace = url.pathname;
    this.shortcut = new FastPath(url.pathname);
    this.ended = new Promise<string>((resolve) => { this.#finish = resolve; });
    const manager = new Manager(`${/^(http|ws):$/.test(url.protocol) ? 'http' : 'https'}://${url.host}`, {
      ...transportOptions({ owner: this, way: { url, connection } }),
      parser: { Encoder, Decoder: StrictDecoder },
      // stay-connected.ts owns the retry: socket.io would go back to the same, maybe expired URL.
      reconnection: false,
      timeout: false as unknown as number,
      autoConnect: false,
    });
    manager.on('open', () => { this.#debug(() => `the session is open: ${this.#transport?.rhythm ?? ''}`); });
    manager.on('ping', () => { this.#debug(() => 'ping'); });
    this.#socket = manager.socket(url.pathname);
  }

  get completeUntil(): number {
    return this.#lifeSigns?.completeUntil ?? 0;
  }

  get keepAliveEveryMs(): number {
    return Math.min(LONGEST_KEEP_ALIVE_MS, (this.#transport?.pingTimeoutMs ?? LONGEST_KEEP_ALIVE_MS) / 2);
  }

  begin(resolve: () => void, reject: (error: WatchError) => void): void {
    this.#attempt = { resolve, reject };
  }

  connect(): void {
    this.#debug(() => `connecting${this.#peer.proxy === undefined ? '' : ` through ${this.#peer.proxy.shown}`}`);
    this.#socket.onAny((event: string, ...args: unknown[]) => {
      try {
        this.#receive(event, args);
      } catch (error) {
        // socket.io calls this on a tick of its own, where nobody would catch it.
        this.#fail(toError(error));
      }
    });
    this.#socket.on('connect_error', (error) => { this.#fail(error); });
    this.#socket.on('disconnect', (reason, details) => {
      const loss = describeLoss(reason, details, this.#options.redact);
      if (this.#lifeSigns !== undefined) this.#end(loss);
      // socket.io says so too where the namespace was never acknowledged.
      else this.#fail(new Error(loss));
    });
    this.#socket.once('connect', () => { this.#acknowledged(); });
    this.#socket.connect();
  }

  /** The attempt has taken too long. */
  notInTime(): void {
    this.#fail(new Error('the connection was not made in time'));
  }

  created(transport: PushTransport): void {
    this.#transport = transport;
    watchHandshake(transport, this.#fault);
    this.#options.onWebSocket?.(transport.webSocket);
    transport.webSocket.once('upgrade', () => { this.#debug(() => 'the WebSocket is open'); });
  }

  arrived(size: number): void {
    this.#inbox.arrived(size);
  }

  heard(size: number): void {
    this.#lifeSigns?.heard();
    if (this.#lifeSigns !== undefined) return;
    this.#early += size;
    if (this.#early > MOST_BEFORE_ACKNOWLEDGED) throw new Error('the server sent too much data before acknowledging the namespace');
  }

  pause(): void {
    this.#debug(() => 'the reader is behind: paused');
    this.#transport?.webSocket.pause();
    this.#lifeSigns?.reading(false);
  }

  resume(): void {
    this.#debug(() => 'resumed');
    this.#transport?.webSocket.resume();
    this.#lifeSigns?.reading(true);
  }

  keepAlive(): void {
    this.#transport?.keepAlive();
  }

  [Symbol.asyncIterator](): AsyncGenerator<unknown[], void, undefined> {
    return this.#inbox.take();
  }

  passTo(taker: Taker<unknown>): void {
    this.#inbox.passTo(taker);
  }

  answers(withinMs: number): Promise<boolean> {
    return this.#lifeSigns?.answers(withinMs) ?? Promise.resolve(false);
  }

  close(reason: string): void {
    // Order matters: disconnect() reports "io client disconnect", which says less.
    this.#socket.off('disconnect');
    this.#socket.disconnect();
    this.#end(reason);
  }

  #acknowledged(): void {
    if (this.#attempt === undefined || this.#transport === undefined) return;
    this.#debug(() => `the namespace ${foreignText(this.#namespace, this.#options.redact)} is acknowledged`);
    this.#lifeSigns = new LifeSigns(this.#transport.webSocket, this.#options.now);
    this.shortcut.open((values) => {
      if (values.length === 1 && this.#inbox.offer(values[0])) return;
      for (const value of values) this.#inbox.put(value);
    });
    const { resolve } = this.#attempt;
    this.#attempt = undefined;
    resolve();
  }

  #fail(cause: Error): void {
    const error = connectError(cause, this.#fault, this.#peer);
    if (this.#lifeSigns !== undefined) {
      this.#end(error.message);
      return;
    }
    this.#debug(() => `not connected: ${error.message}`);
    const reject = this.#attempt?.reject;
    this.#attempt = undefined;
    this.#socket.disconnect();
    release(this.#transport);
    reject?.(error);
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#debug(() => `the connection is over: ${reason}`);
    this.shortcut.close();
    this.#lifeSigns?.end();
    release(this.#transport);
    // socket.io passes events on with process.nextTick, and an event after which the link failed in
    // the same read ends up in its receiveBuffer: take both before ending the inbox.
    setImmediate(() => {
      for (const [event, ...args] of this.#socket.receiveBuffer) this.#receive(String(event), args);
      this.#inbox.end();
      this.#finish(reason);
    });
  }

  #receive(event: string, args: readonly unknown[]): void {
    const last = args.at(-1);
    const values = typeof last === 'function' ? args.slice(0, -1) : args;
    if (typeof last === 'function') (last as () => void)();
    if (event !== 'notification') {
      this.#debug(() => `it sent an unknown event: ${foreignText(JSON.stringify(event), this.#options.redact)}`);
      this.#inbox.put({ event, arguments: values });
      return;
    }
    if (values.length === 0) this.#inbox.put(null);
    for (const value of values) this.#inbox.put(Buffer.isBuffer(value) ? value.toString('utf8') : value);
  }

  #debug(line: () => string): void {
    this.#options.debug?.(`push host ${foreignText(this.#peer.host, this.#options.redact)}: ${line()}`);
  }
}
