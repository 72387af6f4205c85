import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { certificatesFrom } from '../../src/emulator/certificates.ts';
import { fakeGraph, type FakeGraph, type FakeGraphOptions } from '../support/fake-graph.ts';
import { impatientClock } from '../support/impatient-clock.ts';
import { CRASH, SECRETS, watchInProcess, watchWithBinary, type Watching } from '../support/watching.ts';

// The process itself: stopped, asleep, terminated; its ready file; and certificates that change.

let place: string;
let graph: FakeGraph;
let watch: Watching | undefined;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'graph-watch-faults-'));
});
afterEach(async () => {
  if (watch !== undefined) {
    await watch.stop();
    expect(watch.output).not.toMatch(SECRETS);
    expect(watch.output).not.toMatch(CRASH);
  }
  watch = undefined;
  await graph.close();
  await rm(place, { recursive: true, force: true });
});

const start = async (options?: FakeGraphOptions): Promise<void> => {
  graph = await fakeGraph(options);
};

describe('a process that was stopped', () => {
  it('notices the lost connection when it continues, and reports a gap that begins before it was stopped', async () => {
    await start();
    watch = watchWithBinary(graph);
    const first = await graph.connection(0);
    await watch.reached('ready');
    watch.process!.kill('SIGSTOP');
    const stoppedAt = Date.now();
    first.reset();
    watch.process!.kill('SIGCONT');
    (await graph.connection(1)).notifyValue({ n: 1 });
    await watch.reached('ready', 'reconnecting', 'gap', 'ready', 'notification');
    expect(Date.parse(watch.records[2]!.from!)).toBeLessThanOrEqual(stoppedAt);
  });

  it('loses nothing that waited for it, and does not mistake it for a current sign of life', async () => {
    await start();
    watch = watchWithBinary(graph);
    const first = await graph.connection(0);
    await watch.reached('ready');
    watch.process!.kill('SIGSTOP');
    const stoppedAt = Date.now();
    for (const n of [1, 2, 3]) first.notifyValue({ n });
    first.close(1001);
    watch.process!.kill('SIGCONT');
    await watch.reached('ready', 'notification', 'notification', 'notification', 'reconnecting', 'gap', 'ready');
    expect(watch.records.slice(1, 4).map(({ data }) => data)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    // Anything that the server would have sent is missing since it hung up, not since the process continued.
    expect(Date.parse(watch.records[5]!.from!)).toBeLessThanOrEqual(stoppedAt);
  });
});

describe('a wall clock that jumps', () => {
  it('makes the watch check the connection, and reconnect if there is no answer', async () => {
    await start();
    const clock = impatientClock();
    watch = watchInProcess(graph, { clock });
    const first = await graph.connection(0);
    await watch.reached('ready');
    const asked = once(first.webSocket, 'ping');
    clock.jump(600_000);
    await clock.skip(2_000);
    await asked;
    first.reset();
    await watch.reached('ready', 'reconnecting', 'gap', 'ready');
    const { from, to } = watch.records[2]!;
    expect(Date.parse(to!) - Date.parse(from!)).toBeGreaterThanOrEqual(600_000);
  });

  it('past the time of the renewal makes the watch renew at once', async () => {
    await start();
    const clock = impatientClock();
    watch = watchInProcess(graph, { clock });
    await graph.connection(0);
    await watch.reached('ready');
    clock.jump(3_600_000);
    await clock.skip(2_000);
    await watch.reached('ready', 'renewed');
  });
});

describe('the ready file', () => {
  it('disappears with the connection and comes back with the next one\'s record', async () => {
    await start();
    const file = join(place, 'ready');
    watch = watchInProcess(graph, { args: ['--ready-file', file], random: () => 0.3 });
    const first = await graph.connection(0);
    await watch.reached('ready');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(watch.records[0]);
    first.reset();
    await watch.reached('ready', 'reconnecting');
    expect(existsSync(file)).toBe(false);
    await watch.reached('ready', 'reconnecting', 'gap', 'ready');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(watch.records[3]);
    await watch.stop();
    expect(existsSync(file)).toBe(false);
  });

  it('stays through a renewal', async () => {
    await start();
    graph.answers.push({ lifetimeMs: 600 });
    const file = join(place, 'ready');
    watch = watchWithBinary(graph, { args: ['--ready-file', file] });
    await watch.reached('ready', 'renewed');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(watch.records[0]);
  });
});

describe('a certificate that is not trusted', () => {
  it('ends the command at the first attempt if there was no connection before', async () => {
    const [good, bad] = await Promise.all([certificatesFrom(join(place, 'good')), certificatesFrom(join(place, 'bad'))]);
    await start({ tls: good, name: 'localhost' });
    graph.setPushTls(bad);
    watch = watchWithBinary(graph, { env: { NODE_EXTRA_CA_CERTS: good.caFile } });
    expect(await watch.done).toBe(4);
    expect(watch.history).toEqual(['end']);
    expect(watch.records[0]!.reason).toMatch(/certificate/);
    expect(graph.requests).toHaveLength(1);
  });

  it('is retried rarely once there was a connection, and never with the token', async () => {
    const [good, bad] = await Promise.all([certificatesFrom(join(place, 'good')), certificatesFrom(join(place, 'bad'))]);
    await start({ tls: good, name: 'localhost' });
    watch = watchWithBinary(graph, { env: { NODE_EXTRA_CA_CERTS: good.caFile } });
    await watch.reached('ready');
    graph.setPushTls(bad);
    (await graph.connection(0)).close(1001);
    await watch.reached('ready', 'reconnecting', 'reconnecting');
    expect(watch.records[2]!.reason).toMatch(/certificate/);
    expect(watch.records[2]!.delayMs).toBeGreaterThanOrEqual(5 * 60_000);
    expect(graph.handshakes.every(({ headers }) => headers.authorization === undefined)).toBe(true);
    await watch.stop();
  });
});

describe('the end of a watch', () => {
  it('does not wait for a peer that does not hang up', async () => {
    await start();
    watch = watchWithBinary(graph);
    (await graph.connection(0)).freeze();
    await watch.reached('ready');
    expect(await watch.stop()).toBe(130);
    expect(watch.history).toEqual(['ready', 'end']);
  });

  it('does not wait for a Graph that does not answer', async () => {
    await start();
    graph.answers.push('hang');
    watch = watchWithBinary(graph);
    await graph.until(() => graph.requests.length === 1);
    expect(await watch.stop()).toBe(130);
  });

  it('does not wait for a host that accepts the connection and never answers, not even the TLS handshake', async () => {
    await start();
    const hole = createServer().listen(0, '127.0.0.1');
    await once(hole, 'listening');
    const connected = once(hole, 'connection') as Promise<[Socket]>;
    const { port } = hole.address() as AddressInfo;
    watch = watchWithBinary({ url: `https://127.0.0.1:${port}` });
    const [socket] = await connected;
    expect(await watch.stop()).toBe(130);
    socket.destroy();
    hole.close();
  });

  it('does not wait for a push host that does not answer', async () => {
    await start();
    graph.pushes.push('hang');
    watch = watchWithBinary(graph);
    await graph.until(() => graph.handshakes.length === 1);
    expect(await watch.stop()).toBe(130);
  });
});
