import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Conversation } from '../conversation.mjs';
import { pushHost } from '../push-host.mjs';
import { OwnTime } from '../own-time.mjs';
import { CRASH, memoryOf, NODE_OPTIONS, secretPart, TERM_MS } from '../rules.mjs';
import { seededRandom } from '../../soak/random.mjs';

// A push host that breaks Engine.IO and Socket.IO in every way it can, and real watches at the other end, one after
// the other. Each connection is a conversation of random frames, with numbered notifications among them.

const BINARY = fileURLToPath(new URL('../../../bin/graph-watch.js', import.meta.url));
const TOKEN = 'EwCIA8l6BAAU7PzvQnxFo2Ykq9Zd4Wt1';
const SECRETS = [TOKEN, 'w1Jk8sTq0vRb5nXc3LmH'];
/** A connection that breaks is noticed at once, or by the missing ping; an attempt takes 30 s at most. In the watch's own time. */
const HANG_MS = 60_000;
/** For how long a watch tries to get its first connection, by the clock; after that it may give up. */
const FIRST_CONNECTION_MS = 60_000;
/** The exit code if the network or the service failed for good. */
const GAVE_UP = 4;
/** What is read at once (16 MB), once as text and once parsed, twice while a renewal overlaps, and as much garbage. */
const MOST_MEMORY_MB = 600;
/** Each watch lives this long, at least and at most, in milliseconds. */
const LIFE_MS = [10_000, 60_000];
/** The clocks are the same; a frame may be on its way while a time is taken. */
const TOLERANCE_MS = 20;

export async function run({ cases, fail }) {
  const counts = { conversations: 0, frames: 0, sent: 0, received: 0, gaps: 0, uncovered: 0, lost: 0, watches: 0, gaveUp: 0, memory: 0, terms: 0, termMs: 0 };
  const sent = new Map();
  const talk = { now: Promise.resolve(), count: 0, random: undefined };
  const host = await pushHost(SECRETS[1], async (peer) => {
    talk.count += 1;
    counts.conversations += 1;
    // What a conversation says does not depend on how far the one before it came.
    const random = seededRandom(talk.random.between(0, 2 ** 31 - 1));
    talk.now = new Conversation(peer, { random, secrets: SECRETS, counts, sent, isNewest: () => host.newest === peer }).hold();
    await talk.now;
    talk.count += 1;
  });
  for (const { seed, random, until } of cases) {
    counts.watches += 1;
    talk.random = seededRandom(random.between(0, 2 ** 31 - 1));
    await oneWatch({ host, random, talk, counts, sent, fail: (text) => { fail(text, seed); }, until: Math.min(until, Date.now() + random.between(...LIFE_MS)) });
    await talk.now;
    sent.clear();
  }
  await host.close();
  return [
    ['watches', counts.watches], ['that gave up before a first connection, after a minute', counts.gaveUp], ['conversations', counts.conversations], ['frames', counts.frames],
    ['numbered notifications sent', counts.sent], ['received', counts.received], ['not received, covered by a `gap`', counts.uncovered], ['lost without a `gap`', counts.lost], ['gaps', counts.gaps],
    ['highest memory, MB', counts.memory], ['sent SIGTERM in the middle of it', counts.terms], ['longest until it ended, ms of its own time', counts.termMs],
  ];
}

/** One watch from its start to its end, which is SIGTERM in the middle of everything, or SIGINT once all is accounted for. */
async function oneWatch({ host, random, talk, counts, sent, fail, until }) {
  const gaps = [];
  const begun = Date.now();
  host.misbehave();
  const child = spawn(process.execPath, [BINARY, 'watch', 'me', '--json', '--lifecycle', '--debug'], {
    env: { ...process.env, NODE_OPTIONS, GRAPH_WATCH_TOKEN: TOKEN, GRAPH_WATCH_GRAPH_URL: host.url }, stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = once(child, 'exit');
  const closed = once(child, 'close');
  const time = new OwnTime(child.pid);
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  /** The end of stderr: a secret does not hide at a boundary. */
  let tail = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    const seen = tail + text;
    const part = secretPart(seen, SECRETS);
    if (part !== undefined) fail(`a part of a secret on stderr (${part}): ${seen.slice(-400)}`);
    if (CRASH.test(seen)) fail(`stderr: ${seen.slice(-400)}`);
    tail = seen.slice(-400);
  });
  /** The last line may be half a line, if nobody read it when the watch was ended. */
  let unfinished;
  const notJson = () => { if (unfinished !== undefined) fail(`a line that is not JSON: ${unfinished.slice(0, 200)}`); };
  createInterface({ input: child.stdout }).on('line', (line) => {
    notJson();
    unfinished = undefined;
    let record;
    try {
      record = JSON.parse(line);
    } catch {
      unfinished = line;
      return;
    }
    const isNotification = record.type === 'notification';
    if (sent.delete(isNotification ? record.data?.fuzz : undefined)) counts.received += 1;
    // A notification is handed on as it came; all the rest is our own words.
    const part = isNotification ? undefined : secretPart(line, SECRETS);
    if (part !== undefined) fail(`a part of a secret in a record (${part}): ${line.slice(0, 200)}`);
    // Before the first connection nothing is promised.
    if (record.type === 'ready' && gaps.length === 0) gaps.push([0, Date.parse(record.time)]);
    if (record.type === 'gap') {
      counts.gaps += 1;
      gaps.push([Date.parse(record.from), Date.parse(record.to)]);
    }
  });

  const said = () => talk.count + counts.frames;
  const progress = { said: said(), at: time.ms };
  while (Date.now() < until && !isOver()) {
    await pause(200);
    const memory = memoryOf(child.pid);
    if (memory > MOST_MEMORY_MB && memory > counts.memory) fail(`${memory} MB of memory`);
    counts.memory = Math.max(counts.memory, memory);
    if (said() !== progress.said) Object.assign(progress, { said: said(), at: time.ms });
    if (time.ms - progress.at > HANG_MS) {
      fail(`no connection for ${HANG_MS / 1000} s`);
      break;
    }
    if (random.between(0, 19) === 0) {
      child.stdout.pause();
      setTimeout(() => child.stdout.resume(), 500);
    }
  }
  if (isOver()) {
    const gaveUp = child.exitCode === GAVE_UP && gaps.length === 0 && Date.now() - begun > FIRST_CONNECTION_MS;
    if (gaveUp) counts.gaveUp += 1;
    else fail(`it ended: ${child.exitCode ?? child.signalCode}\n${tail}`);
  }

  if (isOver() || random.between(0, 1) === 0) {
    if (random.between(0, 1) === 0) child.stdout.pause();
    const askedAt = time.ms;
    await end('SIGTERM', 143);
    counts.terms += 1;
    counts.termMs = Math.max(counts.termMs, Math.round(time.ms - askedAt));
  } else {
    child.stdout.resume();
    host.behave();
    await talk.now;
    if (!(await time.within(HANG_MS, isAccounted()))) fail(`no connection within ${HANG_MS / 1000} s of the end`);
    await end('SIGINT', 130);
    notJson();
  }
  time.stop();

  // What was sent since the last gap may still be covered by a gap to come, so it does not count as lost.
  const accounted = Math.max(0, ...gaps.map(([, to]) => to));
  for (const [number, at] of sent) if (at > accounted) sent.delete(number);
  const lost = [...sent].filter(([, at]) => !gaps.some(([from, to]) => at >= from - TOLERANCE_MS && at <= to + TOLERANCE_MS));
  if (lost.length > 0) fail(`${lost.length} notifications lost without a gap, the first: ${lost[0].join(' at ')}`);
  counts.lost += lost.length;
  counts.uncovered += sent.size - lost.length;

  /** Resolves with true once the watch has a connection that is in order, or false if it has ended. */
  async function isAccounted() {
    while (!isOver()) {
      if (gaps.some(([, to]) => to >= host.behavesSince)) return true;
      await pause(100);
    }
    return false;
  }

  async function end(signal, code) {
    if (isOver()) {
      await closed;
      return;
    }
    child.kill(signal);
    if (await time.within(TERM_MS, exit) === undefined) {
      fail(`it did not end within ${TERM_MS / 1000} s of its own time after ${signal}`);
      child.kill('SIGKILL');
    } else if (child.exitCode !== code) fail(`it ended with ${child.exitCode ?? child.signalCode} after ${signal}`);
    child.stdout.resume();
    await closed;
  }
}

function pause(ms) {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}
