import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { LOOPBACK_NAMES } from './host-check.ts';
import { listen } from './listen.ts';
import type { Listeners } from './listen.ts';

export interface ProxyOptions {
  hosts: readonly string[];
  /** 0 for any free port. */
  port: number;
  /** The fixed hosts, which clients contact on port 443. */
  names: readonly string[];
  /** The emulator's own ports. */
  ports: { graph: number; push: number };
  remark: (message: string) => void;
}

/**
 * Opens an HTTP proxy that routes programs whose hosts are fixed to the emulator: with `HTTPS_PROXY` set
 * for one program, nothing on the machine has to be changed. It answers CONNECT only, to the fixed hosts
 * and to the emulator itself, so it reaches nothing that programs on this machine could not reach anyway.
 */
export async function openProxy({ hosts, port, names, ports, remark }: ProxyOptions): Promise<Listeners> {
  const own = [ports.graph, ports.push].flatMap((of) => LOOPBACK_NAMES.map((name) => [`${name}:${of}`, of] as const));
  const targets = new Map([...names.map((name) => [`${name}:443`, ports.graph] as const), ...own]);
  const [host = '127.0.0.1'] = hosts;
  const ends = new Set<Duplex>();
  const listeners = await listen({ hosts, port, remark, create: () => proxyServer(targets, host, ends) });
  return {
    port: listeners.port,
    close: async () => {
      // The server no longer tracks the connections that it has handed over.
      for (const end of ends) end.destroy();
      await listeners.close();
    },
  };
}

/** `targets`: the port that a CONNECT to `graph.microsoft.com:443` leads to, on `host`. */
function proxyServer(targets: ReadonlyMap<string, number>, host: string, ends: Set<Duplex>): Server {
  const server = createServer((_request, response) => {
    response.writeHead(405, { Allow: 'CONNECT', 'Content-Type': 'text/plain' });
    response.end('This proxy routes programs with fixed hosts to the emulator: set it as HTTPS_PROXY.\n');
  });
  server.on('connect', (request, client: Duplex, head: Buffer) => {
    client.on('error', () => client.destroy());
    const port = targets.get((request.url ?? '').toLowerCase());
    if (port === undefined) client.end('HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nThis proxy only leads to the emulator.\n');
    else join(client, head, connect({ host, port }), ends);
  });
  return server;
}

/** Passes bytes on in both directions once the emulator has accepted the connection; the two ends close together. */
function join(client: Duplex, head: Buffer, emulator: Socket, ends: Set<Duplex>): void {
  for (const [end, other] of [[client, emulator], [emulator, client]] as const) {
    ends.add(end);
    end.on('error', () => end.destroy());
    end.once('close', () => {
      ends.delete(end);
      other.destroy();
    });
  }
  emulator.once('connect', () => {
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    emulator.write(head);
    client.pipe(emulator).pipe(client);
  });
}
