import { rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fakeGraph, type FakeGraph, type GraphAnswer, type PushScript, type SeenRequest } from '../support/fake-graph.ts';
import { impatientClock } from '../support/impatient-clock.ts';
import { CRASH, SECRETS, watchInProcess, watchWithBinary, type Watching } from '../support/watching.ts';

// Graph's answer decides: wait, sign in again, or stop.

let graph: FakeGraph;
let place: string;
let watch: Watching | undefined;
beforeEach(async () => {
  graph = await fakeGraph();
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

const refusal = (status: number, code: string): GraphAnswer => ({ status, body: { error: { code, message: 'No.', innerError: { 'request-id': 'r-1' } } } });

describe('Retry-After', () => {
  const anHourAgo = Date.now() - 3_600_000;
  it.each<[string, GraphAnswer, number]>([
    ['in seconds, with 429', { status: 429, headers: { 'retry-after': '7' } }, 7_000],
    ['in seconds, with 503', { status: 503, headers: { 'retry-after': '300' } }, 300_000],
    ['as a date, by the clock of the server', {
      status: 503, headers: { date: new Date(anHourAgo).toUTCString(), 'retry-after': new Date(anHourAgo + 90_000).toUTCString() },
    }, 90_000],
  ])('is obeyed %s', async (_name, answer, delayMs) => {
    const clock = impatientClock();
    graph.answers.push({}, answer);
    watch = watchInProcess(graph, { clock });
    (await graph.connection(0)).reset();
    await watch.reached('ready', 'reconnecting', 'reconnecting');
    expect(watch.records[2]).toMatchObject({ delayMs });
    await clock.skip(delayMs);
    // The process has not slept: the pause that Graph asked for is not over, and no request is sent.
    await watch.reached('ready', 'reconnecting', 'reconnecting', 'reconnecting');
    expect(watch.records[3]!.reason).toBe('Graph asked for a pause (Retry-After)');
    expect(graph.requests).toHaveLength(2);
    clock.jump(delayMs);
    await clock.skip(watch.records[3]!.delayMs!);
    await watch.reached('ready', 'reconnecting', 'reconnecting', 'reconnecting', 'gap', 'ready');
    expect(graph.requests).toHaveLength(3);
  });

  it('from the push host is obeyed too', async () => {
    const clock = impatientClock();
    graph.pushes.push('accept', { status: 503, headers: { 'retry-after': '11' } });
    watch = watchInProcess(graph, { clock });
    (await graph.connection(0)).reset();
    await watch.reached('ready', 'reconnecting', 'reconnecting');
    expect(watch.records[2]).toMatchObject({ delayMs: 11_000 });
    await clock.skip(11_000);
    await watch.reached('ready', 'reconnecting', 'reconnecting', 'gap', 'ready');
  });

  it.each<[string, GraphAnswer[], PushScript[]]>([
    ['Graph', [{ lifetimeMs: 600 }, { status: 429, headers: { 'retry-after': '120' } }], []],
    ['the push host', [{ lifetimeMs: 600 }], ['accept', { status: 503, headers: { 'retry-after': '120' } }]],
  ])('from %s during a renewal is obeyed even if the old connection is lost meanwhile', async (_name, answers, pushes) => {
    graph.answers.push(...answers);
    graph.pushes.push(...pushes);
    watch = watchInProcess(graph);
    await watch.said(/couldn't renew the endpoint \(.*\); retrying in 2 m 00 s/);
    graph.connections[0]!.reset();
    await watch.reached('ready', 'reconnecting');
    expect(watch.records[1]!.delayMs).toBeGreaterThan(60_000);
    expect(watch.records[1]!.delayMs).toBeLessThanOrEqual(120_000);
    expect(graph.requests).toHaveLength(2);
  });
});

describe('a token that Graph refuses', () => {
  it('is read again from its file once, and then the watch continues', async () => {
    const file = join(place, 'token');
    writeFileSync(file, 'opaque-first');
    graph.answers.push({}, () => {
      writeFileSync(file, 'opaque-second\n');
      return refusal(401, 'InvalidAuthenticationToken');
    });
    watch = watchInProcess(graph, { env: { GRAPH_WATCH_TOKEN: '', GRAPH_WATCH_TOKEN_FILE: file } });
    (await graph.connection(0)).reset();
    await watch.reached('ready', 'reconnecting', 'gap', 'ready');
    expect(graph.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer opaque-first', 'Bearer opaque-first', 'Bearer opaque-second']);
  });

  it('is read again at each attempt, in case its file was rewritten', async () => {
    const file = join(place, 'token');
    writeFileSync(file, 'opaque-first');
    watch = watchInProcess(graph, { env: { GRAPH_WATCH_TOKEN: '', GRAPH_WATCH_TOKEN_FILE: file } });
    const first = await graph.connection(0);
    writeFileSync(file, 'opaque-second');
    first.reset();
    await watch.reached('ready', 'reconnecting', 'gap', 'ready');
    expect(graph.requests[1]!.headers.authorization).toBe('Bearer opaque-second');
  });

  it('ends the watch with 3 and a hint after a minute in which the fresh one is refused too', async () => {
    const file = join(place, 'token');
    writeFileSync(file, 'opaque-first');
    graph.answers.push({}, () => {
      writeFileSync(file, 'opaque-second');
      return refusal(401, 'InvalidAuthenticationToken');
    }, ...Array.from({ length: 500 }, () => refusal(401, 'InvalidAuthenticationToken')));
    const clock = impatientClock();
    watch = watchInProcess(graph, { clock, env: { GRAPH_WATCH_TOKEN: '', GRAPH_WATCH_TOKEN_FILE: file } });
    (await graph.connection(0)).reset();
    await watch.reached('ready', 'reconnecting', 'reconnecting', 'reconnecting', 'reconnecting');
    expect(watch.records[2]!.reason).toMatch(/^Graph returned 401 InvalidAuthenticationToken/);
    clock.jump(60_001);
    expect(await watch.done).toBe(3);
    expect(watch.stderr).toMatch(/error: Graph refused the token in .*: it is invalid or has expired\.\nPut a fresh token into the file/);
  });

  it.each([
    ['is emptied', (file: string) => { writeFileSync(file, ''); }],
    ['is removed', (file: string) => { rmSync(file); }],
    ['holds the refused token', () => undefined],
  ])('makes the watch wait for a better one if the connection drops while its file %s', async (_how, spoil) => {
    const file = join(place, 'token');
    writeFileSync(file, 'opaque-first');
    graph.answers.push({}, ...Array.from({ length: 500 }, () => ({ headers }: SeenRequest) => (headers.authorization === 'Bearer opaque-second' ? {} : refusal(401, 'InvalidAuthenticationToken'))));
    watch = watchWithBinary(graph, { env: { GRAPH_WATCH_TOKEN: '', GRAPH_WATCH_TOKEN_FILE: file } });
    const first = await graph.connection(0);
    spoil(file);
    first.reset();
    await watch.reached('ready', 'reconnecting', 'reconnecting');
    writeFileSync(file, 'opaque-second');
    await graph.until(() => graph.connections.length === 2);
    expect(graph.requests.at(-1)!.headers.authorization).toBe('Bearer opaque-second');
    await watch.printed('"gap"');
  });

  it.each([['is empty', ''], ['holds half a page', '<html> not yet']])('ends the watch with 3 at once if its file %s before the first connection', async (_how, text) => {
    const file = join(place, 'token');
    writeFileSync(file, text);
    watch = watchInProcess(graph, { env: { GRAPH_WATCH_TOKEN: '', GRAPH_WATCH_TOKEN_FILE: file } });
    expect(await watch.done).toBe(3);
    expect(watch.history).toEqual(['end']);
  });
});

describe('a token from the environment', () => {
  it('is sent again if Graph refuses it while the watch is connected: that may happen once', async () => {
    graph.answers.push({}, refusal(401, 'InvalidAuthenticationToken'));
    watch = watchInProcess(graph);
    (await graph.connection(0)).reset();
    await watch.reached('ready', 'reconnecting', 'reconnecting', 'gap', 'ready');
    expect(watch.records[2]!.reason).toMatch(/^Graph refused the token in GRAPH_WATCH_TOKEN/);
  });

  it('ends the watch with 3 after a minute in which it is refused', async () => {
    graph.answers.push({}, ...Array.from({ length: 500 }, () => refusal(401, 'InvalidAuthenticationToken')));
    const clock = impatientClock();
    watch = watchInProcess(graph, { clock });
    (await graph.connection(0)).reset();
    await watch.reached('ready', 'reconnecting', 'reconnecting', 'reconnecting', 'reconnecting');
    clock.jump(60_001);
    expect(await watch.done).toBe(3);
    expect(watch.stderr).toContain('Put a fresh token into GRAPH_WATCH_TOKEN');
  });

  it('ends the watch with 3 at once if it is refused before the first connection', async () => {
    graph.answers.push(refusal(401, 'InvalidAuthenticationToken'));
    watch = watchInProcess(graph);
    expect(await watch.done).toBe(3);
    expect(watch.history).toEqual(['end']);
  });
});

describe('a refusal', () => {
  it.each([[400, 'invalidRequest'], [403, 'accessDenied'], [404, 'itemNotFound'], [423, 'resourceLocked']])('with %i that comes only once does not end a watch that was connected', async (status, code) => {
    graph.answers.push({}, refusal(status, code));
    watch = watchWithBinary(graph);
    (await graph.connection(0)).disconnect();
    await watch.reached('ready', 'reconnecting', 'reconnecting', 'gap', 'ready');
    expect(watch.records[2]!.reason).toBe(`Graph returned ${status} ${code}: No`);
  });

  it.each([[403, 'accessDenied'], [404, 'itemNotFound']])('with %i that persists ends the watch with 5 after some minutes', async (status, code) => {
    graph.answers.push({}, ...Array.from({ length: 500 }, () => refusal(status, code)));
    const clock = impatientClock();
    watch = watchInProcess(graph, { clock });
    (await graph.connection(0)).reset();
    await watch.reached('ready', ...Array.from({ length: 6 }, () => 'reconnecting'));
    clock.jump(5 * 60_000);
    expect(await watch.done).toBe(5);
    expect(watch.stderr).toMatch(new RegExp(`error: Graph returned ${status} ${code}: No\\nrequest-id: r-1\\n`));
  });

  it('during a renewal ends the watch only once the old connection is lost too', async () => {
    graph.answers.push({ lifetimeMs: 600 }, ...Array.from({ length: 500 }, () => refusal(403, 'accessDenied')));
    const clock = impatientClock();
    watch = watchInProcess(graph, { clock });
    const connection = await graph.connection(0);
    await watch.said('couldn\'t renew the endpoint (Graph returned 403 accessDenied: No); retrying in ');
    connection.notifyValue({ still: 'here' });
    await watch.reached('ready', 'notification');
    connection.close(1001);
    await watch.reached('ready', 'notification', ...Array.from({ length: 6 }, () => 'reconnecting'));
    clock.jump(5 * 60_000);
    expect(await watch.done).toBe(5);
  });

  it('with 400 notSupported is retried a few times, since it is known to go away', async () => {
    const notSupported = refusal(400, 'notSupported');
    graph.answers.push({}, notSupported, notSupported, notSupported);
    const clock = impatientClock();
    watch = watchInProcess(graph, { clock });
    (await graph.connection(0)).reset();
    await watch.reached('ready', 'reconnecting', 'reconnecting', 'reconnecting', 'reconnecting', 'gap', 'ready');
    graph.answers.push(...Array.from({ length: 500 }, () => notSupported));
    graph.connections[1]!.reset();
    await watch.printed(/(?:"reconnecting"[^]*){9}/);
    clock.jump(5 * 60_000);
    expect(await watch.done).toBe(5);
    expect(watch.stderr).toMatch(/try again later/);
  });
});

describe('a service that never answers', () => {
  it('makes each attempt time out, and the next one follows', async () => {
    const clock = impatientClock();
    graph.answers.push({}, 'hang');
    graph.pushes.push('accept', 'hang', 'silent', 'no-ack');
    watch = watchInProcess(graph, { clock });
    (await graph.connection(0)).reset();
    // Graph itself, and then the push host at each step of its handshake.
    const asked = [
      (): boolean => graph.requests.length === 2,
      (): boolean => graph.handshakes.length === 2,
      (): boolean => graph.connections.length === 2,
      (): boolean => graph.connections[2]?.namespace !== undefined,
    ];
    const history = ['ready', 'reconnecting'];
    for (const reachedIt of asked) {
      await watch.reached(...history);
      await graph.until(reachedIt);
      await clock.skip(30_000);
      history.push('reconnecting');
    }
    await watch.reached(...history, 'gap', 'ready');
    expect(watch.records.slice(2, 6).map(({ reason }) => reason)).toEqual(Array(4).fill('no connection was made within 30 s'));
  });

  it('ends the watch with 4 after a minute if there was no connection before', async () => {
    const clock = impatientClock();
    graph.answers.push('hang', 'hang');
    watch = watchInProcess(graph, { clock });
    for (const requests of [1, 2]) {
      await graph.until(() => graph.requests.length === requests);
      clock.jump(30_000);
      await clock.skip(30_000);
    }
    expect(await watch.done).toBe(4);
    expect(watch.history).toEqual(['reconnecting', 'end']);
    expect(watch.stderr).toMatch(/error: no connection was made within 30 s/);
  });
});
