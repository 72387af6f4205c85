import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import { mutated } from '../mutate.mjs';

// A push host that breaks Engine.IO and Socket.IO in every way it can think of, and a real watch at the other
// end. Each connection is a conversation of random frames, with numbered notifications among them.

const BINARY = fileURLToPath(new URL('../../../bin/graph-watch.js', import.meta.url));
/** Retries come at once. */
const SHORT_DELAYS = '--import=data:text/javascript,Math.random=()=>0.001';
const TOKEN = 'opaque-graph-token-fuzz';
const SECRETS = [TOKEN, 'w1-secret-fuzz'];
/** A connection that breaks is noticed at once, or by the missing ping; an attempt takes 30 s at most. */
const HANG_MS = 60_000;
/** The clocks are the same; a frame may be on its way while a time is taken. */
const TOLERANCE_MS = 20;
const CRASH = /Unhandled|Uncaught|\nNode\.js v\d|MaxListenersExceeded|failed unexpectedly|This is a bug/;

const OPEN = '0{"sid":"s","upgrades":[],"pingInterval":1000,"pingTimeout":1000,"maxPayload":1000000}';
const ACKNOWLEDGED = '40/notifications,{"sid":"s"}';
const CORPUS = [
  OPEN, ACKNOWLEDGED, '2', '2probe', '3', '6', '1', '41/notifications,', '42/notifications,["notification","{\\"value\\":[{\\"resource\\":\\"r\\"}]}"]',
  '42/notifications,["other",1,{"a":[1,2]}]', '42/notifications,17["notification","x"]', '43/notifications,1["x"]', '44/notifications,{"message":"Invalid namespace"}',
  '44/notifications,"refused"', '451-/notifications,["notification",{"_placeholder":true,"num":0}]', '461-/notifications,1["x"]', '42["notification","root"]', '42/notifications,', '44/notifications,',
  'bAAEC', '4', '0', '5', '9', '42/notifications,["connect"]', `42/notifications,["notification","https://push.example/?token=${SECRETS[1]}"]`,
];

export async function run({ random, until }) {
  const counts = { conversations: 0, frames: 0, sent: 0, received: 0, gaps: 0 };
  const failures = [];
  const sent = new Map();
  const gaps = [];
  let talking = Promise.resolve();
  let lastTalk = Date.now();

  const host = await pushHost(async (peer) => {
    lastTalk = Date.now();
    counts.conversations += 1;
    talking = converse(peer, random, counts, sent);
    await talking;
    lastTalk = Date.now();
  });
  const child = spawn(process.execPath, [BINARY, 'watch', 'me', '--json', '--lifecycle', '--debug'], {
    env: { ...process.env, NODE_OPTIONS: SHORT_DELAYS, GRAPH_WATCH_TOKEN: TOKEN, GRAPH_WATCH_GRAPH_URL: host.url }, stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = once(child, 'exit');
  /** Pieces of the end of each stream: a secret does not hide at a boundary. */
  const tails = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => {
      const seen = tails[name] + text;
      for (const secret of SECRETS) if (seen.includes(secret) && !(name === 'stdout' && secret !== TOKEN)) failures.push(`a secret on ${name}`);
      if (name === 'stderr' && CRASH.test(seen)) failures.push(`stderr: ${seen.slice(-400)}`);
      tails[name] = seen.slice(-400);
    });
  }
  createInterface({ input: child.stdout }).on('line', (line) => {
    let record;
    try {
      record = JSON.parse(line);
    } catch {
      failures.push(`a line that is not JSON: ${line.slice(0, 200)}`);
      return;
    }
    const number = record.type === 'notification' ? record.data?.fuzz : undefined;
    if (sent.delete(number)) counts.received += 1;
    // A notification is handed on as it came; all the rest is our own words.
    if (record.type !== 'notification' && SECRETS.some((secret) => line.includes(secret))) failures.push(`a secret in a record: ${line.slice(0, 200)}`);
    // Before the first connection nothing is promised.
    if (record.type === 'ready' && gaps.length === 0) gaps.push([0, Date.parse(record.time)]);
    if (record.type === 'gap') {
      counts.gaps += 1;
      gaps.push([Date.parse(record.from), Date.parse(record.to)]);
    }
  });

  while (Date.now() < until && child.exitCode === null && child.signalCode === null) {
    await new Promise((resolve) => { setTimeout(resolve, 200); });
    if (Date.now() - lastTalk > HANG_MS) {
      failures.push(`no connection for ${HANG_MS / 1000} s`);
      break;
    }
    if (random.between(0, 19) === 0) {
      child.stdout.pause();
      setTimeout(() => child.stdout.resume(), 500);
    }
  }
  const memory = memoryOf(child.pid);
  if (child.exitCode !== null || child.signalCode !== null) failures.push(`it ended: ${child.exitCode ?? child.signalCode}\n${tails.stderr}`);
  child.stdout.resume();
  // The last conversation has nothing behind it that would say "gap": it ends before the watch does.
  const before = counts.gaps;
  host.stop();
  await talking;
  for (let waited = 0; counts.gaps === before && waited < 50; waited += 1) await new Promise((resolve) => { setTimeout(resolve, 100); });
  child.kill('SIGINT');
  const ended = await Promise.race([exit, new Promise((resolve) => { setTimeout(resolve, 10_000, undefined).unref(); })]);
  if (ended === undefined) {
    failures.push('it did not end within 10 s of SIGINT');
    child.kill('SIGKILL');
  } else if (child.exitCode !== 130) failures.push(`it ended with ${child.exitCode ?? child.signalCode} after SIGINT`);
  await host.close();

  const lost = [...sent].filter(([, at]) => !gaps.some(([from, to]) => at >= from - TOLERANCE_MS && at <= to + TOLERANCE_MS));
  if (lost.length > 0) failures.push(`${lost.length} notifications lost without a gap, the first: ${lost[0].join(' at ')}`);
  return {
    failures,
    rows: [
      ['conversations', counts.conversations], ['frames', counts.frames], ['numbered notifications sent', counts.sent], ['received', counts.received],
      ['not received, covered by a `gap`', sent.size - lost.length], ['lost without a `gap`', lost.length], ['gaps', counts.gaps], ['highest memory, MB', memory],
    ],
  };
}

/** Graph and the push host in one: every endpoint leads back here. */
async function pushHost(talk) {
  let stopped = false;
  const server = createServer((request, response) => {
    const notificationUrl = `http://127.0.0.1:${server.address().port}/notifications?token=${SECRETS[1]}`;
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
      if (stopped) quiet(peer);
      else void talk(peer);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => { stopped = true; },
    close: async () => {
      for (const socket of raw) socket.destroy();
      await new Promise((resolve) => { server.close(resolve); });
    },
  };
}

/** A peer that does all as it should: what came before gets its `gap`. */
function quiet(peer) {
  peer.on('message', (data) => { if (data.toString().startsWith('40')) peer.send(ACKNOWLEDGED); });
  peer.send(OPEN);
  const pings = setInterval(() => { peer.send('2'); }, 500);
  peer.once('close', () => { clearInterval(pings); });
}

async function converse(peer, random, counts, sent) {
  const send = (frame) => {
    counts.frames += 1;
    if (peer.readyState === peer.OPEN) peer.send(frame, () => undefined);
  };
  const broken = () => random.between(0, 19) === 0;
  send(broken() ? mutated(OPEN, random, [SECRETS[1]]) : OPEN);
  const asked = await Promise.race([once(peer, 'message').then(() => true), closed(peer).then(() => false), pause(200).then(() => false)]);
  if (asked) send(broken() ? mutated(ACKNOWLEDGED, random, [SECRETS[1]]) : ACKNOWLEDGED);
  const length = random.between(0, 40);
  for (let frame = 0; frame < length && peer.readyState === peer.OPEN; frame += 1) {
    const kind = random.between(0, 99);
    if (kind < 45) {
      counts.sent += 1;
      sent.set(counts.sent, Date.now());
      send(`42/notifications,${JSON.stringify(['notification', JSON.stringify({ value: [{ fuzz: counts.sent }] })])}`);
    } else if (kind < 60) send(random.pick(['2', '42/notifications,["other",1]', '42/notifications,["notification","not JSON"]', '42/elsewhere,["notification",1]']));
    else if (kind < 90) send(mutated(random.pick(CORPUS), random, [SECRETS[1]]));
    else if (kind < 94) send(Buffer.from(mutated(random.pick(CORPUS), random), 'utf8'));
    else if (kind < 96) send(`42/notifications,["notification","${'x'.repeat(random.between(1, 2_000_000))}"]`);
    else if (kind < 97) for (let ping = 0; ping < 2_000; ping += 1) peer.ping('x'.repeat(100));
    else if (kind < 98) send(`44/notifications,${JSON.stringify({ message: `${SECRETS[1]} ${'/'.repeat(random.between(1, 400_000))}` })}`);
    else if (kind < 99) peer._socket?.write(mutated('\x81\x05hello', random));
    else await pause(random.between(0, 50));
    if (random.between(0, 3) === 0) await pause(0);
  }
  await pause(random.between(0, 20));
  random.pick([
    () => { peer.close(random.pick([1000, 1001, 1011, 4000]), mutated('bye', random, [SECRETS[1]]).slice(0, 30)); },
    () => { peer.terminate(); },
    () => { peer._socket?.resetAndDestroy(); },
    () => { send('41/notifications,'); },
  ])();
  await Promise.race([closed(peer), pause(3_000)]);
  peer.terminate();
}

function closed(peer) {
  return peer.readyState === peer.CLOSED ? Promise.resolve() : new Promise((resolve) => { peer.once('close', resolve); });
}

function pause(ms) {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}

/** The highest resident memory so far, in MB, by the kernel; 0 where it does not say. */
function memoryOf(pid) {
  try {
    return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);
  } catch {
    return 0;
  }
}
