import type { Agent } from 'node:http';
import type { SecureContext } from 'node:tls';
import { Manager } from 'socket.io-client';
import type { WatchError } from '../errors.ts';
import { Inbox } from './inbox.ts';
import { LifeSigns } from './life-signs.ts';
import { FastPath } from './fast-path.ts';
import { connectError, describeLoss, type HandshakeFault } from './socket-errors.ts';
import { transportFor, type PushTransport } from './transport.ts';

/** ONE connection to the push host, from its acknowledged namespace to its end. Never reconnects. */
export interface Connection extends AsyncIterable<unknown[]> {
  /**
   * Yields the arguments of the `notification` events that have arrived, some at a time, in order.
   * Done when the connection has ended and all that had arrived was taken. While nobody takes, the
   * WebSocket is paused, so that memory stays bounded.
   */
  [Symbol.asyncIterator](): AsyncGenerator<unknown[], void, undefined>;
  /** Resolves when the connection has ended, with the reason; never rejects. */
  readonly ended: Promise<string>;
  /** Wall clock in milliseconds since the epoch: all that the peer sent before then has arrived. */
  readonly completeUntil: number;
  /**
   * Asks the peer for a sign of life. True once the answer is here, and with it everything that the
   * peer had sent before; false once the link is over, or after `withinMs` of reading without one.
   */
  answers(withinMs: number): Promise<boolean>;
  /** Ends the connection, for this reason. What has arrived can still be taken. */
  close(reason: string): void;
}

export interface SocketOptions {
  agent: Agent | undefined;
  secureContext: SecureContext | undefined;
  now: () => number;
  /** Told of events other than `notification`, which are not known to exist. */
  debug: (line: string) => void;
}

/** How long a closing handshake may take before the TCP connection is dropped. */
const CLOSE_GRACE_MS = 1_000;
/** While reading is paused the server's pings wait unread; it is shown a sign of life at least this often. */
const LONGEST_KEEP_ALIVE_MS = 10_000;

/**
 * Opens the endpoint and resolves once its namespace is acknowledged. WebSocket only (the push host
 * refuses long polling), the URL's path as namespace, its query in the handshake, no bearer token.
 * Rejects with a `network` error; an aborted `signal` ends the attempt with one too.
 */
export function openSocket(url: URL, options: SocketOptions, signal: AbortSignal): Promise<Connection> {
  const { agent, secureContext, now, debug } = options;
  const fault: HandshakeFault = {};
  let transport: PushTransport | undefined;
  let lifeSigns: LifeSigns | undefined;
  const shortcut = new FastPath(url.pathname);

  const manager = new Manager(`${/^(http|ws):$/.test(url.protocol) ? 'http' : 'https'}://${url.host}`, {
    transports: [transportFor({
      url,
      agent,
      secureContext,
      onCreated: (created) => {
        transport = created;
        watchHandshake(created, fault, now);
      },
      onHeard: () => {
        lifeSigns?.heard();
      },
      shortcut,
    })],
    // stay-connected.ts owns the retry: socket.io would go back to the same, maybe expired URL.
    reconnection: false,
    timeout: false as unknown as number,
    autoConnect: false,
  });
  const socket = manager.socket(url.pathname);
  const inbox = new Inbox<unknown>({
    pause: () => {
      transport?.webSocket.pause();
      lifeSigns?.reading(false);
    },
    resume: () => {
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
    shortcut.close();
    lifeSigns?.end();
    release(transport);
    // socket.io hands events on with process.nextTick, and an event behind which the link broke in
    // the same read ends up in its receiveBuffer: take both before saying that this was all.
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
      debug(`the push host sent the event ${JSON.stringify(event)}, which is not known`);
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
      socket.disconnect();
      release(transport);
      reject(error);
    };
    const onAbort = (): void => {
      fail(connectError(new Error('the connection was not made in time'), fault));
    };
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    socket.onAny((event: string, ...args: unknown[]) => {
      receive(event, args);
    });
    socket.on('connect_error', (error) => {
      fail(connectError(error, fault));
    });
    socket.on('disconnect', (reason, details) => {
      const loss = describeLoss(reason, details);
      if (connected) end(loss);
      // socket.io says so too where the namespace was never acknowledged.
      else fail(connectError(new Error(loss), fault));
    });
    socket.on('connect', () => {
      if (connected || transport === undefined) return;
      connected = true;
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

/** Keeps what the failed upgrade said: engine.io reports a bare "websocket error". */
function watchHandshake(transport: PushTransport, fault: HandshakeFault, now: () => number): void {
  const { webSocket } = transport;
  webSocket.on('error', (error) => {
    fault.error ??= error;
  });
  webSocket.on('unexpected-response', (request, response) => {
    fault.status = response.statusCode;
    // Of several, `headers` has the first alone.
    fault.retryAfter = response.headersDistinct['retry-after']?.join(', ');
    fault.date = response.headers.date;
    fault.at = now();
    response.resume();
    request.destroy();
    webSocket.close();
  });
}

/** Makes sure that an ended connection neither keeps the process alive nor a dead peer's socket open. */
function release(transport: PushTransport | undefined): void {
  if (transport === undefined) return;
  const { webSocket } = transport;
  if (webSocket.readyState === webSocket.CLOSED) return;
  // Only where it was paused: ws throws at a socket whose handshake was cut short.
  // Else the answer to our closing frame would wait unread. (ws fails to resume what never was open.)
  if (webSocket.isPaused) webSocket.resume();
  transport.unref();
  setTimeout(() => {
    webSocket.terminate();
  }, CLOSE_GRACE_MS).unref();
}
