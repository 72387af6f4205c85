import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** How a content host answers one request. */
export type ContentScript = (request: IncomingMessage, response: ServerResponse) => void;

/** A host that serves content at pre-authenticated URLs, such as those in Graph's redirects. */
export interface ContentHost {
  readonly url: string;
  readonly requests: IncomingMessage[];
  /** Answers to the next requests. */
  readonly scripts: ContentScript[];
  close(): Promise<void>;
}

export async function contentHost(): Promise<ContentHost> {
  const requests: IncomingMessage[] = [];
  const scripts: ContentScript[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    requests.push(request);
    const script = scripts.shift();
    if (script === undefined) response.writeHead(500).end();
    else script(request, response);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests, scripts,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Sends everything from the start of the range. */
export function whole(content: Buffer): ContentScript {
  return (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range = request.headers.range === undefined ? {} : { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` };
    response.writeHead(request.headers.range === undefined ? 200 : 206, { 'content-length': content.length - from, ...range });
    response.end(content.subarray(from));
  };
}

/** The same, cut off after this many bytes. */
export function cutAfter(content: Buffer, bytes: number): ContentScript {
  return (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range = from === 0 ? {} : { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` };
    response.writeHead(from === 0 ? 200 : 206, { 'content-length': content.length - from, ...range });
    if (bytes === 0) response.flushHeaders();
    else response.write(content.subarray(from, from + bytes));
    // Only once the bytes are on their way, since a reset would overtake them.
    setImmediate(() => request.socket.end());
  };
}
