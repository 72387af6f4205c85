import type { Agent } from 'node:http';
import { NodeWebSocket } from 'socket.io-client';
import type { WebSocket } from 'ws';

export interface TransportOptions {
  /** The endpoint: its query goes into the handshake exactly as it came. */
  url: URL;
  agent: Agent | undefined;
  ca: string[] | undefined;
  /** Called with the transport once its WebSocket exists. */
  onCreated: (transport: PushTransport) => void;
  /** Called at each frame that arrives. */
  onHeard: () => void;
}

/** What the connection needs of the transport beyond what socket.io itself does with it. */
export interface PushTransport {
  readonly webSocket: WebSocket;
  /**
   * Acts as if the server's ping had arrived: engine.io answers it and starts its dead-link timer
   * anew. For while reading is paused and the real ping waits unread behind the burst.
   */
  keepAlive(): void;
}

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
export function transportFor({ url, agent, ca, onCreated, onHeard }: TransportOptions): typeof NodeWebSocket {
  return class extends NodeWebSocket implements PushTransport {
    #opened = false;
    // engine.io forgets its own reference when it closes; the closing handshake is watched beyond that.
    #webSocket: WebSocket | undefined;

    get webSocket(): WebSocket {
      if (this.#webSocket === undefined) throw new Error('the transport has no WebSocket yet');
      return this.#webSocket;
    }

    override createSocket(_uri: string, protocols: string | string[] | undefined, options: Record<string, unknown>): WebSocket {
      const socket = super.createSocket(handshakeUrl(url), protocols, {
        ...options,
        ...(agent === undefined ? { agent: undefined } : { agent }),
        ...(ca === undefined ? {} : { ca }),
        // Notifications are a few hundred bytes: inflating each costs more than it saves.
        perMessageDeflate: false,
      }) as WebSocket;
      this.#webSocket = socket;
      onCreated(this);
      return socket;
    }

    override onData(data: Parameters<NodeWebSocket['onData']>[0]): void {
      onHeard();
      try {
        super.onData(data);
      } catch (error) {
        // A handshake that is no JSON, or JSON of another shape.
        this.onError('a frame that is no socket.io', error);
      }
    }

    override onPacket(packet: Parameters<NodeWebSocket['onPacket']>[0]): void {
      if (!this.#opened && packet.type !== 'open') {
        this.onError('a frame that is no socket.io', new Error(`the first packet is "${packet.type}", not "open"`));
        return;
      }
      this.#opened = true;
      super.onPacket(packet);
    }

    keepAlive(): void {
      this.emitReserved('packet', { type: 'ping' });
    }
  };
}
