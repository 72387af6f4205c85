import { once } from 'node:events';
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

export const OPEN = '0{"sid":"s","upgrades":[],"pingInterval":1000,"pingTimeout":1000,"maxPayload":1000000}';
export const ACKNOWLEDGED = '40/notifications,{"sid":"s"}';

/**
 * Graph and the push host in one: every endpoint leads back here, with `secret` in its query. `talk(peer)` is
 * called with each WebSocket; after `behave()`, peers do everything right, until `misbehave()`. `behavesSince` is
 * when the first of those came, and `newest` the last peer of all.
 */
export async function pushHost(secret, talk) {
  let behaves = false;
  let behavesSince;
  let newest;
  const server = createServer((request, response) => {
    const notificationUrl = `http://127.0.0.1:${server.address().port}/notifications?token=${secret}`;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ id: 'e', notificationUrl, expirationDateTime: new Date(Date.now() + 3_600_000).toISOString() }));
  });
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 0 });
  const raw = new Set();
  server.on('connection', (socket) => {
    raw.add(socket);
    socket.on('error', () => undefined).once('close', () => raw.delete(socket));
  });
  server.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (peer) => {
      peer.on('error', () => undefined);
      newest = peer;
      if (!behaves) {
        void talk(peer);
        return;
      }
      behavesSince ??= Date.now();
      quiet(peer);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    behave: () => { behaves = true; },
    misbehave: () => {
      behaves = false;
      behavesSince = undefined;
    },
    get behavesSince() { return behavesSince; },
    get newest() { return newest; },
    close: async () => {
      for (const socket of raw) socket.destroy();
      await new Promise((resolve) => { server.close(resolve); });
    },
  };
}

/** A peer that does everything right: what came before gets its `gap`. */
function quiet(peer) {
  peer.on('message', (data) => { if (data.toString().startsWith('40')) peer.send(ACKNOWLEDGED); });
  peer.send(OPEN);
  const pings = setInterval(() => { peer.send('2'); }, 500);
  peer.once('close', () => { clearInterval(pings); });
}
