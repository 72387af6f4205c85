import type { Server } from 'node:https';
import type { Socket } from 'node:net';

/** TcpConnections keeps the TCP sockets under TLS sockets: only the TCP socket can be reset. */
export class TcpConnections {
  readonly #byPeer = new Map<string, Socket>();

  watch(server: Server): void {
    server.on('connection', (connection: Socket) => {
      const key = keyOf(connection);
      this.#byPeer.set(key, connection);
      connection.once('close', () => {
        if (this.#byPeer.get(key) === connection) this.#byPeer.delete(key);
      });
    });
  }

  /** Returns the TCP socket that a TLS socket runs over, found by its peer. */
  under(socket: { remoteAddress?: string | undefined; remotePort?: number | undefined }): Socket | undefined {
    return this.#byPeer.get(keyOf(socket));
  }

  /** Destroys those still open: silent ones, and those that never finished the handshake. */
  close(): Promise<void> {
    for (const connection of this.#byPeer.values()) connection.destroy();
    return Promise.resolve();
  }
}

function keyOf(socket: { remoteAddress?: string | undefined; remotePort?: number | undefined }): string {
  return `${socket.remoteAddress ?? ''} ${socket.remotePort ?? 0}`;
}
