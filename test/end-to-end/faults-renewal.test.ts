import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { realClock, type EmulatorClock } from '../../src/emulator/clock.ts';
import { fakeGraph, type FakeGraph } from '../support/fake-graph.ts';
import { CRASH, SECRETS, watchInProcess, watchWithBinary, type Watching } from '../support/watching.ts';
import { runEmulator } from '../unit/emulator/support/running-emulator.ts';

// Make before break: the new connection is up before the old one is closed, whatever differs between them.

let graph: FakeGraph;
let other: FakeGraph;
let watch: Watching | undefined;
beforeEach(async () => {
  [graph, other] = await Promise.all([fakeGraph(), fakeGraph()]);
});
afterEach(async () => {
  if (watch !== undefined) {
    await watch.stop();
    expect(watch.output).not.toMatch(SECRETS);
    expect(watch.output).not.toMatch(CRASH);
  }
  watch = undefined;
  await Promise.all([graph.close(), other.close()]);
});

/** An endpoint on the other push host, with another path and so another namespace. */
const elsewhere = (): string => `${other.pushUrl}/callback?snthgk=w1-secret-elsewhere`;

describe('a renewal', () => {
  it('keeps the old connection until the new one, on another host, is acknowledged, and prints what arrives on both', async () => {
    graph.answers.push({ lifetimeMs: 600 }, { notificationUrl: elsewhere() });
    other.pushes.push('no-ack');
    watch = watchInProcess(graph);
    const old = await graph.connection(0);
    await other.until(() => other.connections[0]?.namespace === '/callback');
    const renewed = other.connections[0]!;
    old.notifyValue({ before: 'the acknowledgement' });
    await watch.reached('ready', 'notification');
    expect(old.isClosed).toBe(false);
    renewed.send('40/callback,{"sid":"x"}');
    old.notifyValue({ after: 'the acknowledgement' });
    renewed.notifyValue({ over: 'the new one' });
    await old.closed;
    await watch.reached('ready', 'notification', 'notification', 'renewed', 'notification');
    expect(watch.records.filter(({ type }) => type === 'notification').map(({ data }) => data))
      .toEqual([{ before: 'the acknowledgement' }, { after: 'the acknowledgement' }, { over: 'the new one' }]);
    expect(other.handshakes[0]!.url).toBe('/socket.io/?snthgk=w1-secret-elsewhere&EIO=4&transport=websocket');
  });

  it('can move from host to host', async () => {
    for (let turn = 0; turn < 3; turn += 1) graph.answers.push({ lifetimeMs: 600 }, { lifetimeMs: 600, notificationUrl: elsewhere() });
    watch = watchInProcess(graph);
    await watch.reached('ready', 'renewed', 'renewed', 'renewed', 'renewed', 'renewed');
    await Promise.all([...graph.connections, ...other.connections.slice(0, 2)].map(({ closed }) => closed));
    expect(other.connections[2]!.isClosed).toBe(false);
  });

  it('reports gap instead of renewed if the old connection is lost before the new one is acknowledged', async () => {
    graph.answers.push({ lifetimeMs: 600 }, { notificationUrl: elsewhere() });
    other.pushes.push('no-ack');
    watch = watchInProcess(graph);
    const old = await graph.connection(0);
    await other.until(() => other.connections[0]?.namespace === '/callback');
    // Even a clean close: what matters is the moment.
    old.close(1000);
    await old.closed;
    other.connections[0]!.send('40/callback,{"sid":"x"}');
    await watch.reached('ready', 'gap', 'ready');
  });

  it('does not close the old connection before the reader has taken everything from it', async () => {
    graph.answers.push({ lifetimeMs: 600 });
    watch = watchWithBinary(graph);
    const old = await graph.connection(0);
    await watch.reached('ready');
    // Far more than is kept in memory: the socket is paused, and the answer to a ping waits behind the burst.
    watch.process!.stdout!.pause();
    const numbers = Array.from({ length: 10_000 }, (_, number) => number);
    for (const number of numbers) old.notifyValue({ number, padding: 'x'.repeat(200) });
    await graph.connection(1);
    expect(old.isClosed).toBe(false);
    watch.process!.stdout!.resume();
    await watch.printed('"type":"renewed"');
    await old.closed;
    const records = watch.records;
    expect(records.slice(1, -1).map(({ data }) => (data as { number: number }).number)).toEqual(numbers);
    expect(records.at(-1)!.type).toBe('renewed');
  });
});

describe('an endpoint that expires early', () => {
  it('is replaced after a reconnect with it is refused', async () => {
    const running = await runEmulator();
    const { emulator } = running;
    try {
      watch = watchWithBinary({ url: emulator.graphUrl }, {
        env: { GRAPH_WATCH_TOKEN: emulator.admin.issueToken(), NODE_EXTRA_CA_CERTS: emulator.caFile },
      });
      await watch.reached('ready');
      const refused = emulator.events.next('refused');
      emulator.admin.refuseHandshakes(1, 401);
      emulator.admin.expireEndpoints();
      await refused;
      await watch.reached('ready', 'reconnecting', 'reconnecting', 'gap', 'ready');
      await emulator.admin.notify();
      await watch.reached('ready', 'reconnecting', 'reconnecting', 'gap', 'ready', 'notification');
      expect(emulator.admin.state().bearersSeen).toBe(0);
      expect(await watch.stop()).toBe(130);
    } finally {
      await running.close();
    }
  });
});

describe('five renewals of short-lived endpoints', () => {
  it('lose nothing of a steady stream', async () => {
    // It ends nothing as early as it says: a busy machine may take longer for a renewal than there is time before the expiry.
    const clock: EmulatorClock = { now: () => Date.now(), after: (ms, act) => realClock.after(20 * ms, act) };
    const running = await runEmulator({ lifetimeMs: 2_500, clock });
    const { emulator } = running;
    try {
      watch = watchWithBinary({ url: emulator.graphUrl }, {
        env: { GRAPH_WATCH_TOKEN: emulator.admin.issueToken(), NODE_EXTRA_CA_CERTS: emulator.caFile },
      });
      await watch.reached('ready');
      let sent = 0;
      const send = (): Promise<number> => emulator.admin.notify({ argument: JSON.stringify({ value: [{ number: sent++ }] }) });
      // Some are always under way: each chunk that arrives triggers the next few.
      while (watch.history.filter((type) => type === 'renewed').length < 5) {
        const arrived = once(watch.process!.stdout!, 'data');
        for (let n = 0; n < 5; n += 1) await send();
        await arrived;
      }
      const last = sent;
      await send();
      await watch.printed(`{"number":${last}}`);
      expect(await watch.stop()).toBe(130);
      const records = watch.records;
      const numbers = new Set(records.filter(({ type }) => type === 'notification').map(({ data }) => (data as { number: number }).number));
      expect(records.filter(({ type }) => type !== 'notification' && type !== 'renewed').map(({ type }) => type)).toEqual(['ready', 'end']);
      expect([...numbers]).toEqual(Array.from({ length: sent }, (_, number) => number));
    } finally {
      await running.close();
    }
  });
});
