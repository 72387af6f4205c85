// A Graph that knows two requests, for the endpoint and for delta, and a push host that speaks EIO 4 by hand, in a process of their own.
// The same code serves every contender; it is controlled over IPC.
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { readFileSync } from 'node:fs';
import { WebSocketServer } from 'ws';
import { createDrives } from './drive.mjs';
import { encodedBurst, notificationFrame } from './notification.mjs';
import { slowLink } from './slow-link.mjs';

const ROUND_TRIP_MS = 40;
const BURST = 100_000;
const PING_MS = 25_000;
const NAMESPACE = '/notifications';

const tls = { key: readFileSync(process.env.BENCH_KEY), cert: readFileSync(process.env.BENCH_CERT) };
/** Connected clients by the token in their URL. */
const clients = new Map();
/** The push host that belongs to the Graph at this port. */
const pushHosts = new Map();

const drives = createDrives();

function graph(request, response) {
  const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
  const host = pushHosts.get(Number(request.headers.host.split(':')[1]));
  response.setHeader('Content-Type', 'application/json');
  if (request.url.includes('/root/delta')) {
    response.end(drives.body(request.url, token, `${request.socket.encrypted ? 'https' : 'http'}://${request.headers.host}`));
    return;
  }
  response.end(JSON.stringify({
    '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#subscriptions/$entity',
    clientState: '6E4D2B1A',
    expirationDateTime: '2099-05-11T21:52:27.5200000Z',
    id: 'opaqueId-1',
    // A stored sign-in's token is long and was not made by the bench: its tail is enough to identify it.
    notificationUrl: `${host}${NAMESPACE}?token=${encodeURIComponent(token.slice(-20))}`,
    resource: '7d20c4be',
  }));
}

const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
function upgrade(request, socket, head) {
  socket.setNoDelay(true);
  webSockets.handleUpgrade(request, socket, head, (webSocket) => {
    const token = new URL(request.url, 'http://localhost').searchParams.get('token');
    webSocket.on('error', () => undefined);
    // As the handshake says: a client that hears nothing for 45 s hangs up.
    const heartbeat = setInterval(() => { webSocket.send('2'); }, PING_MS);
    webSocket.on('close', () => {
      clearInterval(heartbeat);
      clients.delete(token);
    });
    webSocket.on('message', (data) => {
      if (data.toString() !== `40${NAMESPACE},`) return;
      webSocket.send(`40${NAMESPACE},{"sid":"${token}"}`);
      clients.set(token, { webSocket, socket });
    });
    webSocket.send(`0{"sid":"s","upgrades":[],"pingInterval":${PING_MS},"pingTimeout":20000,"maxPayload":1000000}`);
  });
}

async function listen(server) {
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return server.address().port;
}

const ports = {
  plain: { graph: await listen(createHttp(graph)), push: await listen(createHttp().on('upgrade', upgrade)) },
  tls: { graph: await listen(createHttps(tls, graph)), push: await listen(createHttps(tls).on('upgrade', upgrade)) },
};
const links = [await slowLink(ports.tls.graph, ROUND_TRIP_MS, 'Graph'), await slowLink(ports.tls.push, ROUND_TRIP_MS, 'push host')];
ports.slow = { graph: links[0].port, push: links[1].port };

const places = {};
for (const [name, { graph: graphPort, push }] of Object.entries(ports)) {
  const scheme = name === 'plain' ? 'http' : 'https';
  places[name] = { graph: `${scheme}://127.0.0.1:${graphPort}`, push: `${scheme}://127.0.0.1:${push}` };
  pushHosts.set(graphPort, places[name].push);
}

let burst;
const commands = {
  /** Sends one notification; its mark is the time when the socket got it, on the clock that all processes share. */
  one({ token }) {
    clients.get(token).webSocket.send(notificationFrame(process.hrtime.bigint()));
  },
  /** Renders a drive's pages, once; resolves with how much that is. */
  prepareDrive: ({ drive, place = 'tls' }) => drives.prepare(drive, places[place].graph),
  /** Changes a file and sends a notification; the mark in the file's name is the time when the socket got that. */
  change({ token }) {
    const mark = process.hrtime.bigint();
    drives.change(token, places.tls.graph, mark);
    clients.get(token).webSocket.send(notificationFrame(mark));
  },
  /** Sends all at once, as fast as the client reads; call `prepare` first, so that encoding costs nothing then. */
  prepare() {
    burst ??= encodedBurst(BURST);
  },
  async burst({ token }) {
    const { socket } = clients.get(token);
    for (const piece of burst) {
      if (!socket.write(piece)) await new Promise((resolve) => socket.once('drain', resolve));
    }
  },
  /** Sends this many to each of these, in ten portions per second. */
  async paced({ tokens, count, perSecond }) {
    let sent = 0;
    const started = performance.now();
    while (sent < count) {
      const due = Math.min(count, Math.ceil(((performance.now() - started) * perSecond) / 1000));
      for (; sent < due; sent++) for (const token of tokens) clients.get(token).webSocket.send(notificationFrame(sent));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  },
  roundTrips: () => links.flatMap((link) => link.takeRecords()),
};

process.on('message', async ({ id, command, args }) => {
  process.send({ id, answer: await commands[command](args) });
});
process.on('disconnect', () => process.exit());
process.send({ places, burst: BURST, roundTripMs: ROUND_TRIP_MS });
