import type { Agent } from 'node:http';
import type { SecureContext } from 'node:tls';
import type { Socket } from 'node:net';
import { NodeWebSocket } from 'socket.io-client';
import type { WebSocket } from 'ws';
import type { FastPath } from './fast-path.ts';

export interface TransportOptions {
  /** The endpoint: its query goes into the handshake exactly as it came. */
  url: URL;
  agent: Agent | undefined;
  secureContext: SecureContext | undefined;
  /** Called with the transport once its WebSocket exists. */
  onCreated: (transport: PushTransport) => void;
  /** Called at each frame that arrives. */
  onHeard: () => void;
  /** Has the first look at each frame. */
  shortcut: FastPath;
}

/** What the connection needs of the transport beyond what socket.io itself does with it. */
export interface PushTransport {
  readonly webSocket: WebSocket;
  /** How long the server waits for the answer to a ping before it hangs up, in milliseconds, by its handshake. */
  readonly pingTimeoutMs: number;
  /**
   * Acts as if the server's ping had arrived: engine.io answers it and starts its dead-link timer
   * anew. For while reading is paused and the real ping waits unread behind the burst.
   */
  keepAlive(): void;
  /** From now on the connection does not keep the process alive. */
  unref(): void;
}

/** Notifications are a few hundred bytes. What is so long is none, and must not fill the memory. */
const LONGEST_FRAME = 16 * 1024 * 1024;
/** socket.io's default. */
const USUAL_PING_TIMEOUT_MS = 20_000;
/** Above this, timers overflow and fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The WebSocket's URL: `wss://host/socket.io/?<the endpoint's query>&EIO=4&transport=websocket`. */
export function handshakeUrl(url: URL): string {
  const scheme = url.protocol === 'http:' || url.protocol === 'ws:' ? 'ws' : 'wss';
  const query = url.search.replace(/^\?/, '');
  return `${scheme}://${url.host}/socket.io/?${query === '' ? '' : `${query}&`}EIO=4&transport=websocket`;
}

/**
 * engine.io's WebSocket transport for one endpoint. A class of our own, since socket.io-client would
 * decode the query and encode it again (`a+b` becomes `a%2Bb`), does not pass every option on, and
 * throws into the void at a handshake that is no JSON.
 */
export function transportFor({ url, agent, secureContext, onCreated, onHeard, shortcut }: TransportOptions): typeof NodeWebSocket {
  return class extends NodeWebSocket implements PushTransport {
    /** Known once the server has opened the session. */
    #pingTimeoutMs: number | undefined;
    // engine.io forgets its own reference when it closes; the closing handshake is watched beyond that.
    #webSocket: WebSocket | undefined;
    #tcp: Socket | undefined;

    get webSocket(): WebSocket {
      if (this.#webSocket === undefined) throw new Error('the transport has no WebSocket yet');
      return this.#webSocket;
    }

    get pingTimeoutMs(): number {
      return this.#pingTimeoutMs ?? USUAL_PING_TIMEOUT_MS;
    }

    override createSocket(_uri: string, protocols: string | string[] | undefined, options: Record<string, unknown>): WebSocket {
      const socket = super.createSocket(handshakeUrl(url), protocols, {
        ...options,
        ...(agent === undefined ? { agent: undefined } : { agent }),
        ...(secureContext === undefined ? {} : { secureContext }),
        // Notifications are a few hundred bytes: inflating each costs more than it saves.
        perMessageDeflate: false,
        maxPayload: LONGEST_FRAME,
      }) as WebSocket;
      this.#webSocket = socket;
      socket.once('upgrade', (response) => {
        this.#tcp = response.socket;
      });
      onCreated(this);
      return socket;
    }

    override onData(data: Parameters<NodeWebSocket['onData']>[0]): void {
      onHeard();
      if (shortcut.takes(data)) return;
      try {
        super.onData(data);
      } catch (error) {
        this.onError('a frame that is no socket.io', error);
      }
      shortcut.passed(data);
    }

    override onPacket(packet: Parameters<NodeWebSocket['onPacket']>[0]): void {
      if (this.#pingTimeoutMs === undefined) {
        if (packet.type !== 'open') throw new Error(`the first packet is "${packet.type}", not "open"`);
        this.#pingTimeoutMs = readPingTimeout(packet.data);
      }
      super.onPacket(packet);
    }

    keepAlive(): void {
      this.emitReserved('packet', { type: 'ping' });
    }

    unref(): void {
      this.#tcp?.unref();
    }
  };
}

/**
 * `pingTimeout` of Engine.IO's handshake, `{"sid","upgrades","pingInterval","pingTimeout","maxPayload"}`.
 * Throws where it is no JSON, or where the two times are none: engine.io would take the link for dead at once.
 */
function readPingTimeout(data: unknown): number {
  const handshake: unknown = JSON.parse(String(data));
  if (typeof handshake === 'object' && handshake !== null && 'pingInterval' in handshake && 'pingTimeout' in handshake) {
    const { pingInterval, pingTimeout } = handshake;
    const known = typeof pingInterval === 'number' && typeof pingTimeout === 'number';
    if (known && pingInterval > 0 && pingTimeout > 0 && pingInterval + pingTimeout <= LONGEST_TIMER_MS) return pingTimeout;
  }
  throw new Error('its handshake does not say how often it pings');
}
