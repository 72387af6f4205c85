import { Manager } from 'socket.io-client';
import type { WebSocket } from 'ws';
import { Encoder } from 'socket.io-parser';
import { toError, type WatchError } from '../errors.ts';
import { foreignText } from '../lib/foreign-text.ts';
import type { Proxy } from '../net/proxies.ts';
import type { OpenConnection } from '../net/tunnel.ts';
import { Inbox } from './inbox.ts';
import { LifeSigns } from './life-signs.ts';
import { FastPath } from './fast-path.ts';
import { connectError, describeLoss, type HandshakeFault, type Peer } from './socket-errors.ts';
import { StrictDecoder } from './strict-decoder.ts';
import { transportOptions, type PushTransport } from './transport.ts';
import { release, watchHandshake } from './web-socket.ts';

/** Connection is ONE connection to the push host, from its acknowledged namespace to its end. It never reconnects. */
export interface Connection extends AsyncIterable<unknown[]> {
  /**
   * Yields the arguments of the `notification` events that have arrived, in batches, in order.
   * Done when the connection has ended and all that had arrived was taken. While nobody takes, the
   * WebSocket is paused, so that memory stays bounded.
   */
  [Symbol.asyncIterator](): AsyncGenerator<unknown[], void, undefined>;
  /** Resolves when the connection has ended, with the reason; never rejects. */
  readonly ended: Promise<string>;
  /** Wall clock in milliseconds since the epoch: all that the peer sent before then has arrived. */
  readonly completeUntil: number;
  /**
   * Pings the peer. True once the answer is here, and with it everything that the peer had sent before;
   * false once the link is over, or after `withinMs` of reading without one.
   */
  answers(withinMs: number): Promise<boolean>;
  /** Ends the connection, for this reason. What has arrived can still be taken. */
  close(reason: string): void;
}

export interface SocketOptions {
  /** Makes the connection; `undefined`: Node does, without a proxy. */
  connection: OpenConnection | undefined;
  /** The proxy that it leads through, for messages. */
  proxy?: Proxy | undefined;
  now: () => number;
  /** Removes secrets from foreign text, before it is cut. */
  redact: (text: string) => string;
  /** Called with the stages of the connection's life, and with events other than `notification`, which are not known to exist. */
  debug: (line: string) => void;
  /** Called with the WebSocket before it is open, to observe what goes over it. */
  onWebSocket?: ((webSocket: WebSocket) => void) | undefined;
}

/** While reading is paused the server's pings wait unread; it gets a pong at least this often. */
const LONGEST_KEEP_ALIVE_MS = 10_000;
/** Events before the acknowledgement wait in socket.io's memory. None are known to come then. */
const MOST_BEFORE_ACKNOWLEDGED = 1024 * 1024;

/**
 * `openSocket` opens the endpoint and resolves once its namespace is acknowledged. WebSocket only (the push host
 * refuses long polling), the URL's path as namespace, its query in the handshake, no bearer token.
 * Rejects with a `network` error; an aborted `signal` ends the attempt with one too.
 */
export function openSocket(url: URL, options: SocketOptions, signal: AbortSignal): Promise<Connection> {
  const { connection, proxy, now, redact } = options;
  const fault: HandshakeFault = {};
  const peer: Peer = { host: url.host, proxy, redact };
  const debug = (line: string): void => { options.debug(`push host ${foreignText(url.host, redact)}: ${line}`); };
  let transport: PushTransport | undefined;
  let lifeSigns: LifeSigns | undefined;
  let early = 0;
  const shortcut = new FastPath(url.pathname);
  debug(`connecting${proxy === undefined ? '' : ` through ${proxy.shown}`}`);

  const manager = new Manager(`${/^(http|ws):$/.test(url.protocol) ? 'http' : 'https'}://${url.host}`, {
    ...transportOptions({
      url,
      connection,
      onCreated: (created) => {
        transport = created;
        watchHandshake(created, fault, now);
        options.onWebSocket?.(created.webSocket);
        created.webSocket.once('upgrade', () => { debug('the WebSocket is open'); });
      },
      onHeard: (size) => {
        inbox.arrived(size);
        lifeSigns?.heard();
        if (lifeSigns !== undefined) return;
        early += size;
        if (early > MOST_BEFORE_ACKNOWLEDGED) throw new Error('too much before the namespace is acknowledged');
      },
      shortcut,
    }),
    parser: { Encoder, Decoder: StrictDecoder },
    // stay-connected.ts owns the retry: socket.io would go back to the same, maybe expired URL.
    reconnection: false,
    timeout: false as unknown as number,
    autoConnect: false,
  });
  const socket = manager.socket(url.pathname);
  manager.on('open', () => { debug(`the session is open: ${transport?.rhythm ?? ''}`); });
  manager.on('ping', () => { debug('ping'); });
  const inbox = new Inbox<unknown>({
    pause: () => {
      debug('the reader is behind: paused');
      transport?.webSocket.pause();
      lifeSigns?.reading(false);
    },
    resume: () => {
      debug('resumed');
      transport?.webSocket.resume();
      lifeSigns?.reading(true);
    },
    keepAlive: () => transport?.keepAlive(),
    get keepAliveEveryMs() {
      return Math.min(LONGEST_KEEP_ALIVE_MS, (transport?.pingTimeoutMs ?? LONGEST_KEEP_ALIVE_MS) / 2);
    },
  });

  let finish: (reason: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => {
    finish = resolve;
  });
  let over = false;
  const end = (reason: string): void => {
    if (over) return;
    over = true;
    debug(`the connection is over: ${reason}`);
    shortcut.close();
    lifeSigns?.end();
    release(transport);
    // socket.io passes events on with process.nextTick, and an event after which the link failed in
    // the same read ends up in its receiveBuffer: take both before ending the inbox.
    setImmediate(() => {
      for (const [event, ...args] of socket.receiveBuffer) receive(String(event), args);
      inbox.end();
      finish(reason);
    });
  };

  const receive = (event: string, args: readonly unknown[]): void => {
    const last = args.at(-1);
    const values = typeof last === 'function' ? args.slice(0, -1) : args;
    if (typeof last === 'function') (last as () => void)();
    if (event !== 'notification') {
      debug(`it sent an unknown event: ${foreignText(JSON.stringify(event), redact)}`);
      inbox.put({ event, arguments: values });
      return;
    }
    if (values.length === 0) inbox.put(null);
    for (const value of values) inbox.put(Buffer.isBuffer(value) ? value.toString('utf8') : value);
  };

  return new Promise<Connection>((resolve, reject) => {
    let connected = false;
    const fail = (error: WatchError): void => {
      signal.removeEventListener('abort', onAbort);
      if (connected) {
        end(error.message);
        return;
      }
      debug(`not connected: ${error.message}`);
      socket.disconnect();
      release(transport);
      reject(error);
    };
    const onAbort = (): void => {
      fail(connectError(new Error('the connection was not made in time'), fault, peer));
    };
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    socket.onAny((event: string, ...args: unknown[]) => {
      try {
        receive(event, args);
      } catch (error) {
        // socket.io calls this on a tick of its own, where nobody would catch it.
        fail(connectError(toError(error), fault, peer));
      }
    });
    socket.on('connect_error', (error) => {
      fail(connectError(error, fault, peer));
    });
    socket.on('disconnect', (reason, details) => {
      const loss = describeLoss(reason, details, redact);
      if (connected) end(loss);
      // socket.io says so too where the namespace was never acknowledged.
      else fail(connectError(new Error(loss), fault, peer));
    });
    socket.on('connect', () => {
      if (connected || transport === undefined) return;
      connected = true;
      debug(`the namespace ${foreignText(url.pathname, redact)} is acknowledged`);
      const signs = new LifeSigns(transport.webSocket, now);
      lifeSigns = signs;
      shortcut.open((values) => {
        for (const value of values) inbox.put(value);
      });
      signal.removeEventListener('abort', onAbort);
      resolve({
        ended,
        get completeUntil() {
          return signs.completeUntil;
        },
        [Symbol.asyncIterator]: () => inbox.take(),
        answers: (withinMs) => signs.answers(withinMs),
        close: (reason) => {
          // Order matters: disconnect() reports "io client disconnect", which says less.
          socket.off('disconnect');
          socket.disconnect();
          end(reason);
        },
      });
    });
    socket.connect();
  });
}
