import type { HandshakeFault } from './socket-errors.ts';
import { MOST_UNREAD, type PushTransport } from './transport.ts';

/** How long a closing handshake may take before the TCP connection is dropped. */
const CLOSE_GRACE_MS = 1_000;

/** `watchHandshake` keeps what the failed upgrade said: engine.io reports a bare "websocket error". */
export function watchHandshake(transport: PushTransport, fault: HandshakeFault): void {
  const { webSocket } = transport;
  webSocket.on('error', (error) => {
    fault.error ??= error;
  });
  webSocket.on('unexpected-response', (request, response) => {
    fault.status = response.statusCode;
    // Of several, `headers` has the first alone.
    fault.retryAfter = response.headersDistinct['retry-after']?.join(', ');
    fault.date = response.headers.date;
    response.resume();
    request.destroy();
    webSocket.close();
  });
}

/** `release` makes sure that an ended connection neither keeps the process alive nor a dead peer's socket open. */
export function release(transport: PushTransport | undefined): void {
  if (transport === undefined) return;
  const { webSocket } = transport;
  if (webSocket.readyState === webSocket.CLOSED) return;
  // Only where it was paused: ws throws at a socket whose handshake was cut short.
  // Otherwise the answer to our closing frame would wait unread. (ws fails to resume what was never open.)
  if (webSocket.isPaused) webSocket.resume();
  transport.leave();
  // A peer that reads nothing will not read our closing frame either, which is queued after all the rest.
  if (webSocket.bufferedAmount > MOST_UNREAD) webSocket.terminate();
  else setTimeout(() => { webSocket.terminate(); }, CLOSE_GRACE_MS).unref();
}
