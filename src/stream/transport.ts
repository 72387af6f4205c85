import type { Socket } from 'node:net';
import { NodeWebSocket, type ManagerOptions } from 'socket.io-client';
import type { WebSocket } from 'ws';
import type { OpenConnection } from '../net/node-tunnel.ts';
import type { FastPath } from './fast-path.ts';
import { LONGEST_FRAME } from './longest-frame.ts';
import { isRecord } from '../lib/json.ts';

/** TransportOwner is what a transport belongs to. */
export interface TransportOwner {
  /** Called with the transport once its WebSocket exists. */
  created(transport: PushTransport): void;
  /** Called with the size of each frame that arrives, in bytes or characters, before anybody has seen it. */
  arrived(size: number): void;
  /** Called with the same size once a frame has been passed on, or before the library gets it; what it throws ends the connection. */
  heard(size: number): void;
  /** Has the first look at each frame. */
  readonly shortcut: FastPath;
}

export interface TransportOptions {
  owner: TransportOwner;
  /** Where it leads. It is emptied once the connection is being made: socket.io keeps its options. */
  way: {
    /** The endpoint: its query goes into the handshake exactly as it came. */
    url: URL | undefined;
    /** Makes the connection; `undefined`: Node does, without a proxy. */
    connection: OpenConnection | undefined;
  };
}

/** PushTransport is what the connection needs of the transport beyond what socket.io itself does with it. */
export interface PushTransport {
  readonly webSocket: WebSocket;
  /** How long the server waits for the answer to a ping before it hangs up, in milliseconds, by its handshake. */
  readonly pingTimeoutMs: number;
  /**
   * Acts as if the server's ping had arrived: engine.io answers it and starts its dead-link timer
   * anew. For while reading is paused and the real ping waits unread behind the burst.
   */
  keepAlive(): void;
  /** From now on everything that arrives is ignored, and the connection does not keep the process alive. */
  leave(): void;
  /** What the server said of itself in its handshake, for `--debug`. */
  readonly rhythm: string;
}

/** Our answers are a few bytes each. A peer that leaves this many unread asks without reading, and would fill the memory. */
export const MOST_UNREAD = 256 * 1024;
/** What engine.io reads of its options once the WebSocket is being made: nothing that is set. */
const LITTLE_LEFT = Object.freeze({}) as never;
/** socket.io's default. */
const USUAL_PING_TIMEOUT_MS = 20_000;
/** Above this, timers overflow and fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** `handshakeUrl` returns the WebSocket's URL: `wss://host/socket.io/?<the endpoint's query>&EIO=4&transport=websocket`. */
export function handshakeUrl(url: URL): string {
  const scheme = url.protocol === 'http:' || url.protocol === 'ws:' ? 'ws' : 'wss';
  const query = url.search.replace(/^\?/, '');
  return `${scheme}://${url.host}/socket.io/?${query === '' ? '' : `${query}&`}EIO=4&transport=websocket`;
}

/**
 * PushWebSocket is engine.io's WebSocket transport for one endpoint. A class of our own, since socket.io-client would decode the query and
 * encode it again (`a+b` becomes `a%2Bb`), does not pass on every option, and throws where nobody can catch it at a
 * handshake that is not JSON. Its own options come with engine.io's (see `transportOptions`).
 */
export class PushWebSocket extends NodeWebSocket implements PushTransport {
  readonly #owner: TransportOwner;
  readonly #way: TransportOptions['way'];
  /** Known once the server has opened the session. */
  #rhythm: Rhythm | undefined;
  #left = false;
  // engine.io forgets its own reference when it closes; the closing handshake is watched beyond that.
  #webSocket: WebSocket | undefined;
  #tcp: Socket | undefined;

  constructor(options: TransportOptions) {
    super(options);
    this.#owner = options.owner;
    this.#way = options.way;
  }

  get webSocket(): WebSocket {
    if (this.#webSocket === undefined) throw new Error('the transport has no WebSocket yet');
    return this.#webSocket;
  }

  get pingTimeoutMs(): number {
    return this.#rhythm?.pingTimeout ?? USUAL_PING_TIMEOUT_MS;
  }

  get rhythm(): string {
    return this.#rhythm === undefined ? 'no handshake yet' : `a ping every ${this.#rhythm.pingInterval} ms, to be answered within ${this.#rhythm.pingTimeout} ms`;
  }

  override createSocket(_uri: string, protocols: string | string[] | undefined, options: Record<string, unknown>): WebSocket {
    const { url, connection } = this.#way;
    if (url === undefined) throw new Error('the transport has been opened before');
    this.#way.url = undefined;
    this.#way.connection = undefined;
    const socket = super.createSocket(handshakeUrl(url), protocols, {
      ...options,
      agent: undefined,
      ...(connection === undefined ? {} : { createConnection: connection }),
      // Notifications are a few hundred bytes: inflating each costs more than it saves.
      perMessageDeflate: false,
      maxPayload: LONGEST_FRAME,
      autoPong: false,
    }) as WebSocket;
    this.#webSocket = socket;
    // They were for the handshake, and engine.io copies all of them for each transport.
    this.opts = LITTLE_LEFT;
    socket.on('ping', (data) => {
      if (!this.#left && this.#isRead()) socket.pong(data);
    });
    socket.once('upgrade', (response) => {
      this.#tcp = response.socket;
    });
    this.#owner.created(this);
    return socket;
  }

  override doOpen(): this {
    super.doOpen();
    const socket = this.#webSocket;
    if (socket === undefined) return this;
    // As engine.io does it, without an event object for each frame.
    socket.onmessage = null;
    socket.on('message', (data: Buffer, isBinary: boolean) => { this.onData(isBinary ? data : data.toString()); });
    return this;
  }

  override onData(data: Parameters<NodeWebSocket['onData']>[0]): void {
    if (this.#left) return;
    const { shortcut } = this.#owner;
    const size = sizeOf(data);
    try {
      this.#owner.arrived(size);
      const taken = shortcut.takes(data);
      // After it: no notification waits for the bookkeeping.
      this.#owner.heard(size);
      if (taken) return;
      if (!this.#isRead()) return;
      super.onData(data);
    } catch (error) {
      this.onError('a frame that is not Socket.IO', error);
    }
    shortcut.passed(data);
  }

  override onPacket(packet: Parameters<NodeWebSocket['onPacket']>[0]): void {
    if (this.#rhythm === undefined) {
      if (packet.type !== 'open') throw new Error(`the first packet is "${packet.type}", not "open"`);
      this.#rhythm = readRhythm(packet.data);
    } else if (packet.type === 'open') {
      throw new Error('the server opened the session twice');
    }
    super.onPacket(packet);
  }

  /** Whether the peer reads what it is sent. If it does not, the connection is over. */
  #isRead(): boolean {
    if (this.webSocket.bufferedAmount <= MOST_UNREAD) return true;
    this.leave();
    this.onError('unread replies', new Error('the server keeps pinging but reads no replies'));
    return false;
  }

  keepAlive(): void {
    this.emitReserved('packet', { type: 'ping' });
  }

  leave(): void {
    this.#left = true;
    this.#tcp?.unref();
  }
}

/** `transportOptions` returns the part of socket.io's options that makes its connection a PushWebSocket with these. */
export function transportOptions(own: TransportOptions): Partial<ManagerOptions> {
  return { transports: [PushWebSocket], transportOptions: { websocket: own } };
}

/** How often the server pings, and how long it waits for the answer, in milliseconds. */
interface Rhythm {
  pingInterval: number;
  pingTimeout: number;
}

/**
 * `readRhythm` reads Engine.IO's handshake, `{"sid","upgrades","pingInterval","pingTimeout","maxPayload"}`.
 * Throws if it is not JSON, or if the two are not times: engine.io would consider the link dead immediately.
 */
function readRhythm(data: unknown): Rhythm {
  const handshake: unknown = JSON.parse(String(data));
  if (isRecord(handshake)) {
    const { pingInterval, pingTimeout } = handshake;
    const known = typeof pingInterval === 'number' && typeof pingTimeout === 'number';
    if (known && pingInterval > 0 && pingTimeout > 0 && pingInterval + pingTimeout <= LONGEST_TIMER_MS) return { pingInterval, pingTimeout };
  }
  throw new Error('the handshake lacks ping intervals');
}

function sizeOf(data: unknown): number {
  if (typeof data === 'string') return data.length;
  return data instanceof ArrayBuffer || ArrayBuffer.isView(data) ? data.byteLength : 0;
}
