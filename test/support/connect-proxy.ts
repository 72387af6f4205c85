import { once } from 'node:events';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface Tunnel {
  /** The requested target: `graph.microsoft.com:443`. */
  target: string;
  /** The whole Proxy-Authorization header. */
  authorization: string | undefined;
}

/** A proxy that supports only CONNECT, and records every request. */
export interface ConnectProxy {
  readonly port: number;
  /** Every CONNECT, in order, refused ones included. */
  readonly tunnels: Tunnel[];
  /** Requests other than CONNECT. */
  readonly others: string[];
  /** The local port to use for a target; without an entry, the target itself. */
  readonly routes: Map<string, number>;
  /** What a CONNECT to these targets gets instead of a tunnel. */
  readonly refusals: Map<string, number | 'hang'>;
  /** Resolves once this many tunnels were requested. */
  asked(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function connectProxy(tls?: { key: string; cert: string }): Promise<ConnectProxy> {
  const tunnels: Tunnel[] = [];
  const others: string[] = [];
  const routes = new Map<string, number>();
  const refusals = new Map<string, number | 'hang'>();
  const sockets = new Set<Duplex>();
  const watchers = new Set<() => void>();
  const keep = (socket: Duplex): void => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  };
  const server: Server = tls === undefined ? createHttpServer() : createHttpsServer(tls);
  server.on('connection', keep);
  server.on('request', (request, response) => {
    others.push(request.url ?? '');
    response.writeHead(405).end();
  });
  server.on('connect', (request, client: Duplex) => {
    keep(client);
    const target = request.url ?? '';
    tunnels.push({ target, authorization: request.headers['proxy-authorization'] });
    for (const look of [...watchers]) look();
    const refusal = refusals.get(target);
    if (refusal === 'hang') return;
    if (refusal !== undefined) {
      client.end(`HTTP/1.1 ${refusal} No\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${target}`);
    const upstream: Socket = connect(routes.get(target) ?? Number(port === '' ? 80 : port), routes.has(target) ? '127.0.0.1' : hostname.replace(/^\[|\]$/g, ''));
    keep(upstream);
    upstream.once('connect', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(upstream).pipe(client);
    });
    upstream.once('close', () => client.destroy());
    client.once('close', () => upstream.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port, tunnels, others, routes, refusals,
    asked: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (tunnels.length < count) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
