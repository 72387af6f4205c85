import type { Server } from 'node:https';
import type { Socket } from 'node:net';

/** The TCP connections under TLS ones: a TLSSocket cannot be reset, what is under it can. */
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

  /** The connection that a TLS socket runs over: both know the same peer. */
  under(socket: { remoteAddress?: string | undefined; remotePort?: number | undefined }): Socket | undefined {
    return this.#byPeer.get(keyOf(socket));
  }

  /** Ends those that are still there: silent ones, and handshakes that never came. */
  close(): Promise<void> {
    for (const connection of this.#byPeer.values()) connection.destroy();
    return Promise.resolve();
  }
}

function keyOf(socket: { remoteAddress?: string | undefined; remotePort?: number | undefined }): string {
  return `${socket.remoteAddress ?? ''} ${socket.remotePort ?? 0}`;
}
