import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { isForEmulator } from '../http/host-check.ts';

export const ENGINE_PATH = '/socket.io/';

/** Refusal is an HTTP status and the reason for it. */
export interface Refusal {
  status: number;
  reason: string;
}

/** Returns the query of a request to Engine.IO; a refusal if it cannot be one. */
export function handshakeQuery(request: IncomingMessage, transports: readonly string[], names: readonly string[]): URLSearchParams | Refusal {
  const { url = '', headers } = request;
  if (!isForEmulator(request, names)) return { status: 421, reason: 'request for another host' };
  if (headers.authorization !== undefined) {
    return { status: 403, reason: 'an Authorization header was sent to the push host, which needs none: an access token has leaked' };
  }
  // Engine.IO parses the URL again in its own way, so it only gets URLs that both parse alike.
  const [path = '', query = ''] = url.split('?', 2);
  if (path !== ENGINE_PATH) return { status: 404, reason: 'unknown path' };
  const parameters = new URLSearchParams(query);
  for (const name of ['transport', 'token', 'sid', 'EIO']) {
    if (parameters.getAll(name).length > 1) return { status: 400, reason: `${name} is given twice` };
  }
  if (!transports.includes(parameters.get('transport') ?? '')) return { status: 400, reason: 'transport unknown' };
  return parameters;
}

/** Answers an upgrade request with an HTTP error and closes the connection. */
export function refuseUpgrade(socket: Duplex, { status, reason }: Refusal): void {
  socket.on('error', () => {
    // The client closed the connection first.
    socket.destroy();
  });
  const body = JSON.stringify({ code: status, message: reason });
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
