import type { Connection, SocketOptions } from './connection.ts';
import { PushConnection } from './push-connection.ts';

/**
 * `openSocket` opens the endpoint and resolves once its namespace is acknowledged. WebSocket only (the push host
 * refuses long polling), the URL's path as namespace, its query in the handshake, no bearer token.
 * Rejects with a `network` error; an aborted `signal` ends the attempt with one too.
 */
export async function openSocket(url: URL, options: SocketOptions, signal: AbortSignal): Promise<Connection> {
  const connection = new PushConnection(url, options);
  const stop = (): void => { connection.notInTime(); };
  signal.addEventListener('abort', stop, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      connection.begin(resolve, reject);
      if (signal.aborted) stop();
      else connection.connect();
    });
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return connection;
}
