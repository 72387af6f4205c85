import { once } from 'node:events';
import { createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/** An answer that never comes. */
export const SILENCE = Symbol('silence');

/**
 * A server that answers each HTTP request on a connection with raw text, valid or not, over TLS if `tls` has a key
 * and a certificate. `answer(head)` gets the request line with its headers and returns the text, or `SILENCE`; the
 * connection ends with it.
 */
export async function rawServer(answer, tls) {
  const sockets = new Set();
  const talk = (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    let heard = '';
    socket.setEncoding('latin1').on('data', (text) => {
      heard += text;
      const end = heard.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = heard.slice(0, end);
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (heard.length < end + 4 + length) return;
      heard = '';
      const answered = answer(head);
      // Broken answers are bytes: what is not Latin-1 keeps its low byte.
      if (answered !== SILENCE) socket.end(Buffer.from(answered, 'latin1'));
    });
  };
  const server = tls === undefined ? createServer(talk) : createTlsServer(tls, talk).on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: server.address().port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => { server.close(resolve); });
    },
  };
}

/** A valid answer with this JSON. */
export function jsonAnswer(value, status = '200 OK', headers = '') {
  const body = typeof value === 'string' ? value : JSON.stringify(value);
  return `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\n${headers}content-length: ${Buffer.byteLength(body, 'latin1')}\r\nconnection: close\r\n\r\n${body}`;
}
