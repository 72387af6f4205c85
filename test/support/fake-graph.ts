import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, Server as HttpsServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';

/** A request as it was received. */
export interface SeenRequest {
  method: string;
  /** Path and query exactly as sent. */
  url: string;
  headers: IncomingMessage['headers'];
}

/** The answer to an endpoint request; what is left out is like the real service's. */
export interface GraphAnswer {
  status?: number;
  headers?: Record<string, string>;
  /** A string is sent unchanged, anything else as JSON. Without a body, a fresh endpoint is sent. */
  body?: unknown;
  /** The lifetime of the fresh endpoint. */
  lifetimeMs?: number;
  notificationUrl?: string;
}

export type GraphScript = GraphAnswer | 'hang' | 'reset' | ((request: SeenRequest) => GraphAnswer | Promise<GraphAnswer>);

/**
 * How the next WebSocket handshake is answered:
 * - `accept`: normally
 * - `hang`: the upgrade is never answered; `reset`: the TCP connection is torn down
 * - `silent`: upgraded, but nothing is sent; `no-ack`: opened, but the namespace is never acknowledged
 * - `no-sid`: acknowledged as servers before v3 do
 * - `invalid-namespace`: `44`
 * - an object: `status` (and `headers`) refuse the upgrade; `open` is sent instead of Engine.IO's open packet
 */
export type PushScript =
  | 'accept' | 'hang' | 'reset' | 'silent' | 'no-ack' | 'no-sid' | 'invalid-namespace'
  | { status: number; headers?: Record<string, string> }
  | { open: string };

/** One WebSocket of the push host, with hand-written frames: Engine.IO 4, Socket.IO 5. */
export interface PushConnection {
  /** Path and query of the handshake exactly as sent. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  /** The requested namespace, `/notifications`; `undefined` before the request. */
  readonly namespace: string | undefined;
  /** Frames from the client, in order. */
  readonly received: string[];
  readonly webSocket: WebSocket;
  /** How the WebSocket ended, once it has ended. */
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly isClosed: boolean;
  /** Sends any frame, unchanged. */
  send(frame: string | Buffer): void;
  /** Sends `42/notifications,["notification",payload]` with the payload unchanged: the real service sends a JSON string. */
  notify(...payloads: unknown[]): void;
  /** Sends what the real service sends: a JSON string with these entries as its `value`. */
  notifyValue(...entries: unknown[]): void;
  /** Sends `42/notifications,[…]` with these arguments. */
  emit(...args: unknown[]): void;
  /** Sends `41/notifications,`. */
  disconnect(): void;
  /** Closes the WebSocket with this code. */
  close(code?: number, reason?: string): void;
  /** Drops the TCP connection, so that the client sees 1006. */
  terminate(): void;
  /** Sends a TCP reset. */
  reset(): void;
  /** Reads nothing any more, so that no ping is answered either. */
  freeze(): void;
}

export interface FakeGraphOptions {
  /** `::1` for IPv6. */
  host?: '127.0.0.1' | '::1';
  tls?: { key: string; cert: string };
  /** The host name in URLs, if it is not the address: `localhost`. */
  name?: string;
  /** In Engine.IO's handshake. The server sends pings only if it is under a second, since no test waits longer. */
  pingIntervalMs?: number;
  pingTimeoutMs?: number;
}

/** A Graph and a push host for what the emulator would never do. Shares no code with the tool. */
export interface FakeGraph {
  /** For `GRAPH_WATCH_GRAPH_URL`. */
  readonly url: string;
  readonly pushUrl: string;
  /** The requests to Graph, in order. */
  readonly requests: SeenRequest[];
  /** The requests to the push host, refused handshakes included. */
  readonly handshakes: SeenRequest[];
  /** Answers to the next requests; without any left, a fresh endpoint. */
  readonly answers: GraphScript[];
  /** How the next handshakes are answered; without any left, `accept`. */
  readonly pushes: PushScript[];
  /** The notification URLs issued. */
  readonly endpoints: string[];
  /** All WebSockets, in order. */
  readonly connections: PushConnection[];
  /** The `index`th WebSocket (0: the first) once its namespace is acknowledged. */
  connection(index: number): Promise<PushConnection>;
  /** Changes the certificate of the push host from now on. */
  setPushTls(tls: { key: string; cert: string }): void;
  /** Resolves once this holds, which is checked whenever something is received or closed. */
  until(holds: () => boolean): Promise<void>;
  close(): Promise<void>;
}

export async function fakeGraph(options: FakeGraphOptions = {}): Promise<FakeGraph> {
  const { host = '127.0.0.1', tls, name = host === '::1' ? '[::1]' : host, pingIntervalMs = 25_000, pingTimeoutMs = 20_000 } = options;
  const requests: SeenRequest[] = [];
  const handshakes: SeenRequest[] = [];
  const answers: GraphScript[] = [];
  const pushes: PushScript[] = [];
  const endpoints: string[] = [];
  const connections: (PushConnection & { acknowledged: boolean })[] = [];
  const sockets = new Set<Socket>();
  const watchers = new Set<() => void>();
  const happened = (): void => {
    for (const look of [...watchers]) look();
  };
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
    });

  const serve = async (listener: RequestListener): Promise<{ server: Server; port: number }> => {
    const server = tls === undefined ? createHttpServer(listener) : createHttpsServer(tls, listener);
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      // The client may disconnect at any time.
      socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    });
    server.listen(0, host);
    await once(server, 'listening');
    return { server, port: (server.address() as AddressInfo).port };
  };

  const freshEndpoint = ({ lifetimeMs = 3_600_000, notificationUrl }: GraphAnswer): Record<string, string> => {
    const number = endpoints.length + 1;
    const url = notificationUrl ?? `${pushUrl}/notifications?token=w1-secret-${number}%2Bd&applicationId=9188040d-${number}`;
    endpoints.push(url);
    return {
      '@odata.context': `${graphUrl}/v1.0/$metadata#subscriptions/$entity`,
      clientState: `system-managed:${number}`,
      // With seven digits, like the real service.
      expirationDateTime: new Date(Date.now() + lifetimeMs).toISOString().replace('Z', '0000Z'),
      id: `endpoint-${number}`,
      notificationUrl: url,
      resource: '7d20c4be-0000-4000-8000-000000000001',
    };
  };
  const answerTo = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const seen = { method: request.method ?? '', url: request.url ?? '', headers: request.headers };
    requests.push(seen);
    const next = answers.shift() ?? {};
    happened();
    if (next === 'hang') return;
    if (next === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    const answer = typeof next === 'function' ? await next(seen) : next;
    const { status = 200, headers = {} } = answer;
    const body = 'body' in answer ? answer.body : freshEndpoint(answer);
    response.writeHead(status, { 'content-type': 'application/json', 'request-id': `request-${requests.length}`, ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

  const webSockets = new WebSocketServer({ noServer: true, maxPayload: 0 });
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    handshakes.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers });
    const next = pushes.shift() ?? 'accept';
    happened();
    if (next === 'hang') return;
    if (next === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    if (typeof next === 'object' && 'status' in next) {
      const headers = Object.entries(next.headers ?? {}).map(([key, value]) => `${key}: ${value}\r\n`).join('');
      socket.end(`HTTP/1.1 ${next.status} Refused\r\n${headers}content-length: 0\r\nconnection: close\r\n\r\n`);
      return;
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      connections.push(pushConnection(webSocket, request, next, { pingIntervalMs, pingTimeoutMs }, happened));
      happened();
    });
  };

  const graph = await serve((request, response) => void answerTo(request, response));
  const push = await serve((request, response) => {
    handshakes.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers });
    // Like the real push host, which refuses long polling.
    response.writeHead(400).end();
  });
  push.server.on('upgrade', upgrade);
  const scheme = tls === undefined ? 'http' : 'https';
  const graphUrl = `${scheme}://${name}:${graph.port}`;
  const pushUrl = `${scheme}://${name}:${push.port}`;

  return {
    url: graphUrl, pushUrl, requests, handshakes, answers, pushes, endpoints, connections, until,
    setPushTls: (other) => {
      if (push.server instanceof HttpsServer) push.server.setSecureContext(other);
    },
    async connection(index) {
      await until(() => connections[index]?.acknowledged === true);
      return connections[index] as PushConnection;
    },
    async close() {
      const closed = [graph.server, push.server].map((server) => new Promise((resolve) => server.close(resolve)));
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
    },
  };
}

function pushConnection(
  webSocket: WebSocket,
  request: IncomingMessage,
  script: Exclude<PushScript, 'hang' | 'reset' | { status: number }>,
  { pingIntervalMs, pingTimeoutMs }: { pingIntervalMs: number; pingTimeoutMs: number },
  happened: () => void,
): PushConnection & { acknowledged: boolean } {
  const received: string[] = [];
  let namespace: string | undefined;
  let isClosed = false;
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    webSocket.once('close', (code, reason) => {
      isClosed = true;
      clearInterval(pinging);
      resolve({ code, reason: reason.toString() });
      happened();
    });
  });
  // A client that disconnects abruptly, or that sends something other than a WebSocket frame.
  webSocket.on('error', () => undefined);
  const send = (frame: string | Buffer): void => {
    webSocket.send(frame, () => undefined);
  };
  const connection: PushConnection & { acknowledged: boolean } = {
    url: request.url ?? '',
    headers: request.headers,
    received,
    webSocket,
    closed,
    acknowledged: false,
    send,
    get namespace() {
      return namespace;
    },
    get isClosed() {
      return isClosed;
    },
    emit: (...args) => {
      send(`42${namespace ?? '/notifications'},${JSON.stringify(args)}`);
    },
    notify: (...payloads) => {
      for (const payload of payloads) connection.emit('notification', payload);
    },
    notifyValue: (...entries) => {
      connection.notify(JSON.stringify({ value: entries }));
    },
    disconnect: () => {
      send(`41${namespace ?? '/notifications'},`);
    },
    close: (code, reason) => {
      webSocket.close(code, reason);
    },
    terminate: () => {
      webSocket.terminate();
    },
    reset: () => {
      request.socket.resetAndDestroy();
    },
    freeze: () => {
      clearInterval(pinging);
      webSocket.pause();
      request.socket.pause();
    },
  };
  webSocket.on('message', (data: Buffer) => {
    const frame = data.toString();
    received.push(frame);
    const asked = /^40(\/[^,]*)?,?/.exec(frame);
    if (asked !== null && namespace === undefined) {
      namespace = asked[1] ?? '/';
      acknowledge(namespace);
    }
    happened();
  });
  const acknowledge = (asked: string): void => {
    if (script === 'no-ack') return;
    if (script === 'invalid-namespace') {
      send(`44${asked},{"message":"Invalid namespace"}`);
      return;
    }
    send(script === 'no-sid' ? `40${asked},` : `40${asked},{"sid":"socket-${Math.random().toString(36).slice(2)}"}`);
    connection.acknowledged = true;
  };
  if (typeof script === 'object') send(script.open);
  else if (script !== 'silent') {
    send(`0${JSON.stringify({ sid: 'engine-1', upgrades: [], pingInterval: pingIntervalMs, pingTimeout: pingTimeoutMs, maxPayload: 1_000_000 })}`);
  }
  const pinging = pingIntervalMs < 1_000 && script !== 'silent' ? setInterval(() => { send('2'); }, pingIntervalMs) : undefined;
  return connection;
}
