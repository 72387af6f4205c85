import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fakeGraph, type FakeGraph, type GraphScript, type PushConnection, type PushScript } from '../support/fake-graph.ts';
import { CRASH, SECRETS, watchInProcess, watchWithBinary, type Watching } from '../support/watching.ts';

// After each of these, a fresh endpoint and a new connection follow automatically, and `gap` says what may be missing.

let graph: FakeGraph;
let watch: Watching | undefined;
beforeEach(async () => {
  graph = await fakeGraph();
});
afterEach(async () => {
  await watch?.stop();
  await graph.close();
});

/** Frames and closes that end an acknowledged connection. */
const LOSSES: [name: string, strike: (connection: PushConnection) => void, reason: RegExp][] = [
  ['the server\'s 41', (c) => { c.disconnect(); }, /the server ended the session/],
  ['a close with 1000', (c) => { c.close(1000); }, /closed \(1000\)/],
  ['a close with 1001', (c) => { c.close(1001); }, /closed \(1001\)/],
  ['a close with 1011', (c) => { c.close(1011, 'w1-secret-1'); }, /closed \(1011\)/],
  ['a connection that ends without a closing frame', (c) => { c.terminate(); }, /closed \(1006\)/],
  ['a TCP reset', (c) => { c.reset(); }, /the connection/],
  ['a late 44', (c) => { c.send('44/notifications,{"message":"Invalid namespace"}'); }, /Invalid namespace/],
  ['text that is not a packet', (c) => { c.send('garbage'); }, /./],
  ['an empty frame', (c) => { c.send(''); }, /./],
  ['a message that is not Socket.IO', (c) => { c.send('4garbage'); }, /not Socket\.IO/],
  ['an event that is not JSON', (c) => { c.send('42/notifications,["notification",'); }, /not Socket\.IO/],
  ['an event that is not an array', (c) => { c.send('42/notifications,{"a":1}'); }, /not Socket\.IO/],
  ['a binary frame', (c) => { c.send(Buffer.from([0, 1, 2, 255])); }, /not Socket\.IO/],
  ['text instead of an attachment', (c) => {
    c.send('451-/notifications,["notification",{"_placeholder":true,"num":0}]');
    c.send('42/notifications,["notification","1"]');
  }, /not Socket\.IO/],
  ['a frame of 17 MB', (c) => { c.send(`42/notifications,["notification","${'x'.repeat(17 * 2 ** 20)}"]`); }, /payload size/i],
];

describe('a lost connection', () => {
  it.each(LOSSES)('is replaced after %s', async (_name, strike, reason) => {
    watch = watchInProcess(graph);
    const first = await graph.connection(0);
    await watch.reached('ready');
    strike(first);
    (await graph.connection(1)).notifyValue({ n: 1 });
    await watch.reached('ready', 'reconnecting', 'gap', 'ready', 'notification');
    expect(watch.records[1]!.reason).toMatch(reason);
    expectFreshEndpoints(2);
    expectQuiet(watch);
  });

  it('is replaced after silence for longer than pingInterval and pingTimeout', async () => {
    // It announces 100 + 100 ms, and never pings.
    graph.pushes.push({ open: '0{"sid":"x","upgrades":[],"pingInterval":100,"pingTimeout":100,"maxPayload":1000000}' });
    watch = watchInProcess(graph);
    (await graph.connection(1)).notifyValue({ n: 1 });
    await watch.reached('ready', 'reconnecting', 'gap', 'ready', 'notification');
    expect(watch.records[1]!.reason).toMatch(/no ping from the server in time/);
    expectFreshEndpoints(2);
  });

  it('does not end the real binary: one watch survives all of them in a row', async () => {
    watch = watchWithBinary(graph);
    const wanted = ['ready'];
    for (const [index, [, strike]] of LOSSES.entries()) {
      const connection = await graph.connection(index);
      await watch.reached(...wanted);
      // A notification in between resets the failures, so that the next retry is soon.
      connection.notifyValue({ n: index });
      wanted.push('notification');
      await watch.reached(...wanted);
      strike(connection);
      wanted.push('reconnecting', 'gap', 'ready');
    }
    await watch.reached(...wanted);
    expect(watch.records.filter(({ type }) => type === 'notification').map(({ data }) => data)).toEqual(LOSSES.map((_, n) => ({ n })));
    expectFreshEndpoints(LOSSES.length + 1);
    expect(await watch.stop()).toBe(130);
    expectQuiet(watch);
  });

  it('is reported with the times between which something may have been missed', async () => {
    watch = watchInProcess(graph);
    const before = Date.now();
    (await graph.connection(0)).reset();
    await watch.reached('ready', 'reconnecting', 'gap', 'ready');
    const [ready, , gap, again] = watch.records;
    expect(Date.parse(gap!.from!)).toBeGreaterThanOrEqual(before);
    expect(gap!.from! <= ready!.time).toBe(true);
    expect(gap!.to! <= again!.time).toBe(true);
    expect(gap!.from! <= gap!.to!).toBe(true);
  });
});

/** What can go wrong when the watch reconnects. */
const PUSH_TROUBLE: [name: string, script: PushScript, reason: RegExp][] = [
  ['a handshake that is refused with 401, as an expired URL is', { status: 401 }, /HTTP 401/],
  ['a handshake that is refused with 403', { status: 403 }, /HTTP 403/],
  ['a handshake that is refused with 500', { status: 500 }, /HTTP 500/],
  ['a handshake that is redirected', { status: 302, headers: { location: 'https://push.invalid/?token=w1-secret-9' } }, /HTTP 302/],
  ['a handshake that is reset', 'reset', /could not connect/],
  ['44', 'invalid-namespace', /Invalid namespace/],
  ['an acknowledgement without sid', 'no-sid', /v2\.x/],
  ['garbage instead of a handshake', { open: 'garbage' }, /could not connect/],
  ['a handshake that is not JSON', { open: '0{broken' }, /could not connect/],
  ['a handshake that is JSON null', { open: '0null' }, /could not connect/],
  ['a handshake without ping times', { open: '0{"sid":"x"}' }, /could not connect/],
  ['a handshake with endless ping times', { open: '0{"sid":"x","pingInterval":1e300,"pingTimeout":1}' }, /could not connect/],
  ['a packet before the handshake', { open: '2' }, /could not connect/],
];

const GRAPH_TROUBLE: [name: string, answer: GraphScript, reason: RegExp][] = [
  ['500', { status: 500, body: '{"error":{"code":"generalException","message":"see https://x.invalid/?token=w1-secret-9"}}' }, /500 generalException/],
  ['502 with a page', { status: 502, body: '<html>Bad gateway</html>' }, /502/],
  ['400 notSupported', { status: 400, body: { error: { code: 'notSupported', message: 'not now' } } }, /notSupported/],
  ['a reset', 'reset', /could not be reached/],
  ['a success that is not JSON', { body: 'no json' }, /is unusable/],
  ['a success without a URL', { body: { id: 'x' } }, /no notificationUrl/],
  ['a URL of another scheme', { notificationUrl: 'ftp://push.invalid/notifications?token=w1-secret-9' }, /not https/],
  ['a push host without an address', { notificationUrl: 'https://push.invalid/notifications?token=w1-secret-9' }, /ENOTFOUND|EAI_AGAIN/],
  ['a push host on which nothing listens', { notificationUrl: 'http://127.0.0.1:9/notifications?token=w1-secret-9' }, /ECONNREFUSED/],
];

describe('an attempt to reconnect', () => {
  it.each(PUSH_TROUBLE)('is followed by the next when the push host answers with %s', async (_name, script, reason) => {
    graph.pushes.push('accept', script);
    await comesBackAtTheSecondTry(reason);
  });

  it.each(GRAPH_TROUBLE)('is followed by the next when Graph answers with %s', async (_name, answer, reason) => {
    graph.answers.push({}, answer);
    await comesBackAtTheSecondTry(reason);
  });

  it('is repeated at once if the server closes before it acknowledges', async () => {
    graph.pushes.push('accept', 'no-ack');
    watch = watchInProcess(graph);
    (await graph.connection(0)).reset();
    await graph.until(() => graph.connections[1]?.namespace !== undefined);
    graph.connections[1]!.close(1001);
    await watch.reached('ready', 'reconnecting', 'reconnecting', 'gap', 'ready');
    expect(watch.records[2]!.reason).toMatch(/closed \(1001\)/);
  });

  it('does not end the real binary: one watch survives all of this trouble', async () => {
    // In pairs, with a good connection in between, or the delays would add up.
    watch = watchWithBinary(graph);
    const wanted = ['ready'];
    let connections = 0;
    for (const trouble of [...PUSH_TROUBLE.map(([, push]) => ({ push })), ...GRAPH_TROUBLE.map(([, answer]) => ({ answer }))]) {
      await watch.reached(...wanted);
      const connection = graph.connections.at(-1)!;
      connection.notifyValue({ n: connections });
      connections += 1;
      wanted.push('notification');
      await watch.reached(...wanted);
      if ('push' in trouble) graph.pushes.push(trouble.push);
      else graph.answers.push(trouble.answer);
      connection.reset();
      wanted.push('reconnecting', 'reconnecting', 'gap', 'ready');
    }
    await watch.reached(...wanted);
    expect(await watch.stop()).toBe(130);
    expectQuiet(watch);
  });
});

describe('before the first connection', () => {
  it('the watch survives trouble that does not last', async () => {
    graph.answers.push('reset', { status: 503 });
    graph.pushes.push({ status: 403 }, { open: 'garbage' });
    watch = watchInProcess(graph);
    (await graph.connection(1)).notifyValue({ n: 1 });
    await watch.reached('reconnecting', 'reconnecting', 'reconnecting', 'reconnecting', 'ready', 'notification');
    expectQuiet(watch);
  });
});

async function comesBackAtTheSecondTry(reason: RegExp): Promise<void> {
  watch = watchInProcess(graph);
  (await graph.connection(0)).reset();
  await watch.reached('ready', 'reconnecting', 'reconnecting', 'gap', 'ready');
  graph.connections.at(-1)!.notifyValue({ n: 1 });
  await watch.reached('ready', 'reconnecting', 'reconnecting', 'gap', 'ready', 'notification');
  expect(watch.records[2]!.reason).toMatch(reason);
  expect(graph.requests).toHaveLength(3);
  expectQuiet(watch);
}

/** Expects that a fresh endpoint was requested each time, and that its query went to the push host unchanged. */
function expectFreshEndpoints(count: number): void {
  expect(graph.requests).toHaveLength(count);
  expect(new Set(graph.handshakes.map(({ url }) => url)).size).toBe(count);
}

function expectQuiet({ output }: Watching): void {
  expect(output).not.toMatch(SECRETS);
  expect(output).not.toMatch(CRASH);
}
