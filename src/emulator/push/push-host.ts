import { Server as HttpServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { Server } from 'socket.io';
import type { Socket } from 'socket.io';
import type { EventHub } from '../events.ts';
import type { TcpConnections } from '../http/tcp-connections.ts';
import type { Settings } from '../options.ts';
import type { Endpoint, Endpoints } from './endpoints.ts';
import { notificationArgument } from './payload.ts';
import { closeWith, goSilent, reset } from './connection-faults.ts';
import type { Drop } from './connection-faults.ts';

/** The path of a notificationUrl, and so the namespace. */
export const NAMESPACE = '/notifications';
const ENGINE_PATH = '/socket.io/';
/** How many notifications are written in a row before other work gets its turn. */
const BURST = 500;

interface Connection {
  endpoint: Endpoint;
  silent: boolean;
}

/**
 * PushHost serves socket.io over WebSocket; the only credential is the token in the handshake's query.
 * It answers upgrades itself and passes only valid ones to Engine.IO, which can refuse with 400 alone.
 */
export class PushHost {
  readonly #settings: Settings;
  readonly #endpoints: Endpoints;
  readonly #events: EventHub;
  readonly #tcp: TcpConnections;
  readonly #io: Server;
  readonly #connections = new Map<Socket, Connection>();
  /** The sockets of the main namespace, on which nothing is sent. */
  readonly #mainSockets = new Map<Socket, Endpoint>();
  readonly #handshakes = new WeakMap<IncomingMessage, Endpoint>();
  /** The next `count` handshakes are refused with this status. */
  refuseHandshakes = { count: 0, status: 503 };
  /** The next `count` connects are answered with `44` and this message. */
  refuseConnects = { count: 0, message: 'Invalid namespace' };
  notificationsSent = 0;
  bearersSeen = 0;

  constructor(settings: Settings, endpoints: Endpoints, events: EventHub, tcp: TcpConnections) {
    this.#settings = settings;
    this.#endpoints = endpoints;
    this.#events = events;
    this.#tcp = tcp;
    this.#io = new Server({
      path: ENGINE_PATH,
      serveClient: false,
      transports: settings.polling ? ['polling', 'websocket'] : ['websocket'],
      // The real service still accepts socket.io 2 clients.
      allowEIO3: true,
      pingInterval: settings.pingIntervalMs,
      pingTimeout: settings.pingTimeoutMs,
    });
    // Engine.IO insists on a server of its own; this one never listens. Upgrades are handed over in `#upgrade`.
    this.#io.attach(new HttpServer());
    this.#prepareNamespaces();
    endpoints.onExpired = (endpoint) => {
      this.drop('disconnect', endpoint.id);
      for (const [socket, { id }] of this.#mainSockets) if (id === endpoint.id) socket.disconnect(true);
    };
  }

  get sockets(): number {
    return this.#connections.size;
  }

  socketsOf(endpointId: string): number {
    return this.#of(endpointId).length;
  }

  /** Handles requests and upgrades of this server. */
  serve(server: HttpsServer): void {
    server.on('request', (request, response) => {
      this.#request(request, response);
    });
    server.on('upgrade', (request, socket, head) => {
      this.#upgrade(request, socket, head);
    });
  }

  /**
   * Sends `count` notifications with the given argument (absent: a regular one) to every socket, or to
   * those of one endpoint, in pieces, so that a burst of 100,000 does not delay the pings. Returns how
   * many sockets.
   */
  async burst(options: { argument?: unknown; count: number; endpointId?: string | undefined }): Promise<number> {
    const targets = options.endpointId === undefined ? [...this.#connections] : this.#of(options.endpointId);
    for (let sent = 0; sent < options.count; sent++) {
      for (const [socket, connection] of targets) {
        const argument = options.argument ?? notificationArgument(connection.endpoint, this.#settings.notificationShape);
        this.#send(socket, connection, argument);
      }
      if ((sent + 1) % BURST === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    if (targets.length > 0) this.#events.emit({ type: 'notified', sockets: targets.length });
    return targets.length;
  }

  /** Drops the connections of one endpoint, or all, in the given way. Returns how many. */
  drop(how: Drop, endpointId?: string): number {
    const targets = endpointId === undefined ? [...this.#connections] : this.#of(endpointId);
    for (const [socket, connection] of targets) {
      // On a dead link, an orderly close would not arrive.
      if (how === 'reset' || connection.silent) reset(socket, this.#tcp);
      else if (how === 'disconnect') socket.disconnect(true);
      else if (how === 'silent') {
        connection.silent = true;
        goSilent(socket);
      } else closeWith(socket, how);
    }
    return targets.length;
  }

  async close(): Promise<void> {
    await this.#io.close();
  }

  /** A request without an upgrade: long polling, which hosts of the `pushn` rings refuse. */
  #request(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'https://localhost');
    const endpoint = this.#endpoints.byToken(url.searchParams.get('token') ?? '');
    const refusal = this.#settings.polling ? this.#refusal(request, url, endpoint) : { status: 400, reason: 'Transport unknown' };
    if (refusal !== undefined || endpoint === undefined) {
      const { status, reason } = refusal ?? UNAUTHORIZED;
      request.resume();
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ code: 0, message: reason }));
      return;
    }
    this.#handshakes.set(request, endpoint);
    this.#engine.handleRequest(request, response);
  }

  /** The methods of Engine.IO's server that socket.io's types leave out. */
  get #engine(): EngineServer {
    const engine: EngineServer = this.#io.engine;
    return engine;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '/', 'https://localhost');
    const endpoint = this.#endpoints.byToken(url.searchParams.get('token') ?? '');
    const refusal = this.#refusal(request, url, endpoint);
    if (refusal !== undefined || endpoint === undefined) {
      refuse(socket, refusal ?? UNAUTHORIZED);
      return;
    }
    this.#handshakes.set(request, endpoint);
    this.#engine.handleUpgrade(request, socket, head);
  }

  #of(endpointId: string): [Socket, Connection][] {
    return [...this.#connections].filter(([, { endpoint }]) => endpoint.id === endpointId);
  }

  #send(socket: Socket, connection: Connection, argument: unknown): void {
    if (connection.silent) return;
    socket.emit('notification', argument);
    this.notificationsSent++;
  }

  #refusal(request: IncomingMessage, url: URL, endpoint: Endpoint | undefined): Refusal | undefined {
    const refused = ((): Refusal | undefined => {
      if (request.headers.authorization !== undefined) {
        this.bearersSeen++;
        return { status: 403, reason: 'the request carries an Authorization header, which the push host does not need: a Graph token has leaked' };
      }
      if (url.pathname !== ENGINE_PATH) return { status: 404, reason: 'unknown path' };
      const transport = url.searchParams.get('transport');
      if (transport !== 'websocket' && !(this.#settings.polling && transport === 'polling')) return { status: 400, reason: 'transport unknown' };
      if (this.refuseHandshakes.count > 0) {
        this.refuseHandshakes.count--;
        return { status: this.refuseHandshakes.status, reason: 'requested through the admin routes' };
      }
      return endpoint === undefined ? { status: 401, reason: 'token unknown or expired' } : undefined;
    })();
    if (refused !== undefined) this.#events.emit({ type: 'refused', ...refused });
    return refused;
  }

  #prepareNamespaces(): void {
    // Engine.IO servers always have the main namespace; clients of Engine.IO 3 and hand-written ones join it.
    this.#io.on('connection', (socket) => {
      const endpoint = this.#handshakes.get(socket.request);
      if (endpoint === undefined) return;
      this.#mainSockets.set(socket, endpoint);
      socket.once('disconnect', () => this.#mainSockets.delete(socket));
    });
    const namespace = this.#io.of(NAMESPACE);
    namespace.use((_socket, next) => {
      if (this.refuseConnects.count === 0) {
        next();
        return;
      }
      this.refuseConnects.count--;
      next(new Error(this.refuseConnects.message));
    });
    namespace.on('connection', (socket) => {
      const endpoint = this.#handshakes.get(socket.request);
      if (endpoint === undefined || this.#endpoints.byToken(endpoint.token) === undefined) {
        // The endpoint expired between the handshake and the connect.
        socket.disconnect(true);
        return;
      }
      this.#connections.set(socket, { endpoint, silent: false });
      socket.once('disconnect', (reason) => {
        this.#connections.delete(socket);
        this.#events.emit({ type: 'disconnected', endpointId: endpoint.id, reason });
      });
      this.#events.emit({ type: 'connected', endpointId: endpoint.id, protocol: socket.conn.protocol });
    });
  }
}

/** The part of Engine.IO's server that is used here; its own types are not exported through socket.io. */
interface EngineServer {
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

const UNAUTHORIZED: Refusal = { status: 401, reason: 'Unauthorized' };

interface Refusal {
  status: number;
  reason: string;
}

/** Answers an upgrade with an HTTP status and closes the connection. */
function refuse(socket: Duplex, { status, reason }: Refusal): void {
  socket.on('error', () => {
    // The client has already disconnected.
    socket.destroy();
  });
  const body = JSON.stringify({ code: status, message: reason });
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
