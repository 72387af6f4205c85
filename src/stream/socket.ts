import type { Agent } from 'node:http';
import { Manager } from 'socket.io-client';
import type { WatchError } from '../errors.ts';
import { Inbox } from './inbox.ts';
import { connectError, describeLoss, type HandshakeFault } from './socket-errors.ts';
import { transportFor, type PushTransport } from './transport.ts';

/** How a connection ended. */
export interface Ending {
  reason: string;
  /** It was closed in order, by either side: nothing that the peer had sent before is missing. */
  clean: boolean;
}

/** ONE connection to the push host, from its acknowledged namespace to its end. Never reconnects. */
export interface Connection extends AsyncIterable<unknown[]> {
  /**
   * Yields the arguments of the `notification` events that have arrived, some at a time, in order.
   * Done when the connection has ended and all that had arrived was taken. While nobody takes, the
   * WebSocket is paused, so that memory stays bounded.
   */
  [Symbol.asyncIterator](): AsyncGenerator<unknown[], void, undefined>;
  /** Resolves when the connection has ended; never rejects. */
  readonly ended: Promise<Ending>;
  /** Wall clock of the last frame, in milliseconds since the epoch. */
  readonly lastHeardAt: number;
  /**
   * Asks the peer for a sign of life (a WebSocket ping, RFC 6455 §5.5.2). True once the answer is
   * here, and with it everything that the peer had sent before; false after `withinMs` without one.
   */
  answers(withinMs: number): Promise<boolean>;
  /** Ends the connection, for this reason. What has arrived can still be taken. */
  close(reason: string): void;
}

export interface SocketOptions {
  agent: Agent | undefined;
  ca: string[] | undefined;
  now: () => number;
  /** Told of events other than `notification`, which are not known to exist. */
  debug: (line: string) => void;
}

/** How long a closing handshake may take before the TCP connection is dropped. */
const CLOSE_GRACE_MS = 1_000;

/**
 * Opens the endpoint and resolves once its namespace is acknowledged. WebSocket only (the push host
 * refuses long polling), the URL's path as namespace, its query in the handshake, no bearer token.
 * Rejects with a `network` error; an aborted `signal` ends the attempt with one too.
 */
export function openSocket(url: URL, options: SocketOptions, signal: AbortSignal): Promise<Connection> {
  const { agent, ca, now, debug } = options;
  const fault: HandshakeFault = {};
  let transport: PushTransport | undefined;
  let lastHeardAt = now();

  const manager = new Manager(`${/^(http|ws):$/.test(url.protocol) ? 'http' : 'https'}://${url.host}`, {
    transports: [transportFor({
      url,
      agent,
      ca,
      onCreated: (created) => {
        transport = created;
        watchHandshake(created, fault, now);
      },
      onHeard: () => {
        lastHeardAt = now();
      },
    })],
    // stay-connected.ts owns the retry: socket.io would go back to the same, maybe expired URL.
    reconnection: false,
    timeout: false as unknown as number,
    autoConnect: false,
  });
  const socket = manager.socket(url.pathname);
  const inbox = new Inbox<unknown>({
    pause: () => transport?.webSocket.pause(),
    resume: () => transport?.webSocket.resume(),
    keepAlive: () => transport?.keepAlive(),
  });

  let finish: (ending: Ending) => void = () => undefined;
  const ended = new Promise<Ending>((resolve) => {
    finish = resolve;
  });
  let over = false;
  const end = (ending: Ending): void => {
    if (over) return;
    over = true;
    release(transport);
    // socket.io hands events on with process.nextTick, and an event behind which the link broke in
    // the same read ends up in its receiveBuffer: take both before saying that this was all.
    setImmediate(() => {
      for (const [event, ...args] of socket.receiveBuffer) receive(String(event), args);
      inbox.end();
      finish(ending);
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
        end({ reason: error.message, clean: false });
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
      end(describeLoss(reason, details));
    });
    socket.on('connect', () => {
      if (connected) return;
      connected = true;
      signal.removeEventListener('abort', onAbort);
      resolve({
        ended,
        get lastHeardAt() {
          return lastHeardAt;
        },
        [Symbol.asyncIterator]: () => inbox.take(),
        answers: (withinMs) => answers(transport, withinMs),
        close: (reason) => {
          // Order matters: disconnect() reports "io client disconnect", which says less.
          socket.off('disconnect');
          socket.disconnect();
          end({ reason, clean: false });
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
    fault.retryAfter = response.headers['retry-after'];
    fault.at = now();
    response.resume();
    request.destroy();
    webSocket.close();
  });
}

/** Makes sure that nothing of an ended connection keeps the process alive or a dead peer's socket open. */
function release(transport: PushTransport | undefined): void {
  if (transport === undefined) return;
  const { webSocket } = transport;
  if (webSocket.readyState === webSocket.CLOSED) return;
  webSocket.resume();
  setTimeout(() => {
    webSocket.terminate();
  }, CLOSE_GRACE_MS).unref();
}

function answers(transport: PushTransport | undefined, withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const webSocket = transport?.webSocket;
    if (webSocket?.readyState !== webSocket?.OPEN || webSocket === undefined) {
      resolve(false);
      return;
    }
    const done = (answered: boolean): void => {
      clearTimeout(timer);
      webSocket.off('pong', onPong);
      webSocket.off('close', onClose);
      resolve(answered);
    };
    const onPong = (): void => {
      // Events of the frames before the pong are handed on with process.nextTick: let them pass first.
      setImmediate(done, true);
    };
    const onClose = (): void => {
      done(false);
    };
    const timer = setTimeout(done, withinMs, false);
    webSocket.once('pong', onPong);
    webSocket.once('close', onClose);
    webSocket.ping();
  });
}
