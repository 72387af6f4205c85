import { Server as HttpServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { Server } from 'socket.io';
import type { Socket } from 'socket.io';
import type { EventHub } from '../events.ts';
import { LOOPBACK_NAMES } from '../http/host-check.ts';
import type { TcpConnections } from '../http/tcp-connections.ts';
import type { Settings } from '../options.ts';
import type { Endpoint, Endpoints } from './endpoints.ts';
import { ENGINE_PATH, handshakeQuery, refuseUpgrade } from './handshake.ts';
import type { Refusal } from './handshake.ts';
import { notificationArgument } from './payload.ts';
import { closeWith, goSilent, reset } from './connection-faults.ts';
import type { Drop } from './connection-faults.ts';

/** The path of a notificationUrl, which is the socket.io namespace. */
export const NAMESPACE = '/notifications';
/** How many notifications are written in a row before other sockets get their turn. */
const BURST = 500;
const POLL_CLOSE_MS = 1000;
/** The longest message accepted from a client, in bytes; a longer one ends its connection. */
const MAX_MESSAGE_BYTES = 100_000;

interface Connection {
  endpoint: Endpoint;
  silent: boolean;
}

/** Engine is the part of Engine.IO's server that answers requests. `clients` are its sessions, by id. */
interface Engine {
  clients: Partial<Record<string, { request: IncomingMessage }>>;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
}

/**
 * PushHost is the push host: socket.io, whose only credential is the token in the handshake's query.
 * It checks requests itself and passes only valid ones to Engine.IO, which refuses with 400 only.
 *
 * Nothing that a client sends may throw: socket.io emits `error` on a socket for each malformed
 * packet, and also if the client sends an event of that name, so every socket has a listener for it.
 */
export class PushHost {
  readonly #settings: Settings;
  readonly #endpoints: Endpoints;
  readonly #events: EventHub;
  readonly #tcp: TcpConnections;
  readonly #io: Server;
  readonly #connections = new Map<Socket, Connection>();
  /** Sockets in the default namespace, on which nothing is ever sent. */
  readonly #idle = new Map<Socket, Endpoint>();
  /** The endpoint of each session, by the request that opened it. */
  readonly #endpointOf = new WeakMap<IncomingMessage, Endpoint>();
  /** How many of the next handshakes are refused, and with which status. */
  refuseHandshakes = { count: 0, status: 503 };
  /** How many of the next connects are answered with `44`, and with which message. */
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
      transports: this.#transports,
      // The service still accepts the clients of socket.io 2.
      allowEIO3: true,
      maxHttpBufferSize: MAX_MESSAGE_BYTES,
      pingInterval: settings.pingIntervalMs,
      pingTimeout: settings.pingTimeoutMs,
    });
    // Engine.IO requires a server of its own; this one never listens. Requests are passed on in `serve`.
    this.#io.attach(new HttpServer());
    this.#io.engine.on('connection', ({ transport }: { transport: { closeTimeout?: number } }) => {
      // How long a dropped polling client may take to poll once more. The default is 30 s.
      transport.closeTimeout = POLL_CLOSE_MS;
    });
    this.#prepareNamespaces();
    endpoints.onExpired = (endpoint) => {
      this.drop('disconnect', endpoint.id);
      for (const [socket, { id }] of [...this.#idle]) if (id === endpoint.id) socket.disconnect(true);
    };
  }

  /** Hosts named `pushn…` refuse long polling, the others accept it. */
  get #transports(): ('websocket' | 'polling')[] {
    return this.#settings.polling ? ['polling', 'websocket'] : ['websocket'];
  }

  get #engine(): Engine {
    return this.#io.engine as unknown as Engine;
  }

  get sockets(): number {
    return this.#connections.size;
  }

  socketsOf(endpointId: string): number {
    return this.#of(endpointId).length;
  }

  /** Answers the requests of a server. */
  serve(server: HttpsServer): void {
    server.on('request', (request, response) => {
      this.#answerPoll(request, response);
    });
    server.on('upgrade', (request, socket, head) => {
      const refusal = this.#admit(request);
      if (refusal === undefined) this.#engine.handleUpgrade(request, socket, head);
      else refuseUpgrade(socket, refusal);
    });
  }

  /**
   * Sends `count` notifications with this argument (default: the usual one) to every socket, or to those of one
   * endpoint, or of the drives with this subfolder. It pauses between batches, so that a burst of 100,000 does not delay
   * pings. Returns the number of sockets.
   */
  async burst(options: { argument?: unknown; count: number; endpointId?: string | undefined; subfolder?: string | undefined }): Promise<number> {
    const { subfolder } = options;
    const all = options.endpointId === undefined ? [...this.#connections] : this.#of(options.endpointId);
    const targets = subfolder === undefined ? all : all.filter(([, { endpoint }]) => endpoint.drive.subfolder === subfolder);
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

  /** Ends the connections of one endpoint (default: all) in this way. Returns how many. */
  drop(how: Drop, endpointId?: string): number {
    const targets = endpointId === undefined ? [...this.#connections] : this.#of(endpointId);
    for (const [socket, connection] of targets) {
      // On a dead link no orderly close arrives.
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

  #answerPoll(request: IncomingMessage, response: ServerResponse): void {
    const refusal = this.#admit(request);
    if (refusal === undefined) {
      this.#engine.handleRequest(request, response);
      return;
    }
    request.resume();
    response.writeHead(refusal.status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ code: 0, message: refusal.status === 400 ? 'Transport unknown' : refusal.reason }));
  }

  /** Records which endpoint a request to Engine.IO belongs to; returns a refusal if there is none. */
  #admit(request: IncomingMessage): Refusal | undefined {
    const refusal = ((): Refusal | undefined => {
      const query = handshakeQuery(request, this.#transports, [...LOOPBACK_NAMES, ...this.#settings.alsoAnswer]);
      if (!(query instanceof URLSearchParams)) {
        if (request.headers.authorization !== undefined) this.bearersSeen++;
        return query;
      }
      // A request with a session id continues a handshake that was accepted.
      if (!query.has('sid') && this.refuseHandshakes.count > 0) {
        this.refuseHandshakes.count--;
        return { status: this.refuseHandshakes.status, reason: 'refused by the admin command refuse-handshakes' };
      }
      const endpoint = this.#endpoints.byToken(query.get('token') ?? '');
      if (endpoint === undefined) return { status: 401, reason: 'token unknown or expired' };
      const session = this.#engine.clients[query.get('sid') ?? ''];
      if (session !== undefined && this.#endpointOf.get(session.request) !== endpoint) return { status: 401, reason: 'session of another endpoint' };
      this.#endpointOf.set(request, endpoint);
      return undefined;
    })();
    if (refusal !== undefined) this.#events.emit({ type: 'refused', ...refusal });
    return refusal;
  }

  #of(endpointId: string): [Socket, Connection][] {
    return [...this.#connections].filter(([, { endpoint }]) => endpoint.id === endpointId);
  }

  #send(socket: Socket, connection: Connection, argument: unknown): void {
    if (connection.silent) return;
    socket.emit('notification', argument);
    this.notificationsSent++;
  }

  #prepareNamespaces(): void {
    // Every Engine.IO server has the default namespace; clients that join both are common.
    this.#io.on('connection', (socket) => {
      socket.on('error', () => undefined);
      const endpoint = this.#endpointOf.get(socket.request);
      if (endpoint === undefined) return;
      this.#idle.set(socket, endpoint);
      socket.once('disconnect', () => this.#idle.delete(socket));
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
      socket.on('error', () => undefined);
      const endpoint = this.#endpointOf.get(socket.request);
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
