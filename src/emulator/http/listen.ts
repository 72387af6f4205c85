import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { errnoOf, messageOf } from '../errno.ts';

type Server = HttpServer | HttpsServer;

export interface ListenOptions {
  /** Creates the server for each address. */
  create: () => Server;
  hosts: readonly string[];
  /** 0 for any free port. */
  port: number;
  remark: (message: string) => void;
}

export interface Listeners {
  port: number;
  close(): Promise<void>;
}

/**
 * Starts one server per loopback address, all on the same port. Rejects with Node's error if
 * the first one fails. The others may fail (no IPv6, port in use); that is reported through `remark`,
 * because a client that tries `::1` first would then reach some other program.
 */
export async function listen(options: ListenOptions): Promise<Listeners> {
  const servers: Server[] = [];
  let { port } = options;
  for (const [index, host] of options.hosts.entries()) {
    const server = options.create();
    try {
      port = await bind(server, host, port);
      servers.push(server);
    } catch (error) {
      if (index === 0) throw error;
      if (!isWithoutIpv6(error)) options.remark(`not listening on ${host}: ${messageOf(error)}`);
    }
  }
  return {
    port,
    close: async () => {
      await Promise.all(servers.map(closeServer));
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

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}
