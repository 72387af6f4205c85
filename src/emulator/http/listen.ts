import { once } from 'node:events';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { errnoOf, messageOf } from '../../emulator/errno.ts';

/** One logical HTTPS server on the same port of several loopback addresses. */
export interface Listeners {
  port: number;
  servers: readonly Server[];
  /** The TCP connection under a TLS one, to be reset: a TLSSocket cannot do that itself. */
  rawConnection(remoteAddress: string | undefined, remotePort: number | undefined): Socket | undefined;
  close(): Promise<void>;
}

/**
 * Listens on every one of `hosts`. The first must succeed; the others may fail (no IPv6, port taken
 * there), which `remark` is told, because a client that tries `::1` first would then meet a stranger.
 */
export async function listen(
  tls: { key: string; cert: string },
  hosts: readonly string[],
  port: number,
  prepare: (server: Server) => void,
  remark: (message: string) => void,
): Promise<Listeners> {
  const connections = new Map<string, Socket>();
  const servers: Server[] = [];
  let boundPort = port;
  for (const [index, host] of hosts.entries()) {
    const server = createServer({ key: tls.key, cert: tls.cert });
    prepare(server);
    rememberConnections(server, connections);
    try {
      boundPort = await bind(server, host, boundPort);
      servers.push(server);
    } catch (error) {
      if (index === 0) throw error;
      if (!isWithoutIpv6(error)) remark(`not listening on ${host}: ${messageOf(error)}`);
    }
  }
  return {
    port: boundPort,
    servers,
    rawConnection: (address, remotePort) => connections.get(connectionKey(address, remotePort)),
    close: async () => {
      await Promise.all(servers.map(closeServer));
      for (const connection of connections.values()) connection.destroy();
    },
  };
}

async function bind(server: Server, host: string, port: number): Promise<number> {
  server.listen({ host, port, ipv6Only: true });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function isWithoutIpv6(error: unknown): boolean {
  const code = errnoOf(error);
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT';
}

function rememberConnections(server: Server, connections: Map<string, Socket>): void {
  server.on('connection', (connection: Socket) => {
    const key = connectionKey(connection.remoteAddress, connection.remotePort);
    connections.set(key, connection);
    connection.once('close', () => {
      if (connections.get(key) === connection) connections.delete(key);
    });
  });
}

function connectionKey(address: string | undefined, port: number | undefined): string {
  return `${address ?? ''} ${port ?? 0}`;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}
