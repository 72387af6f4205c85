import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startShell } from '../support/binary.ts';
import { fakeGraph, type FakeGraph, type FakeGraphOptions, type PushConnection } from '../support/fake-graph.ts';
import { CRASH, SECRETS, TOKEN, watchWithBinary, type Watching } from '../support/watching.ts';

// A reader that stalls in a burst: nothing is lost or reordered, memory stays bounded, and the watch can be ended.

let graph: FakeGraph;
let watch: Watching | undefined;
afterEach(async () => {
  watch?.process?.stdout?.resume();
  await watch?.stop();
  watch = undefined;
  await graph.close();
});

/** Starts a watch whose stdout nobody reads; returns it and its connection. */
async function stalled(options?: FakeGraphOptions): Promise<{ watch: Watching; connection: PushConnection; pid: number }> {
  graph = await fakeGraph(options);
  watch = watchWithBinary(graph);
  const connection = await graph.connection(0);
  await watch.reached('ready');
  watch.process!.stdout!.pause();
  return { watch, connection, pid: watch.process!.pid! };
}

function sendNumbers(connection: PushConnection, count: number, padding: number): void {
  for (let number = 0; number < count; number += 1) connection.notifyValue({ number, padding: 'x'.repeat(padding) });
}

function numbersOf(watching: Watching): number[] {
  return watching.records.filter(({ type }) => type === 'notification').map(({ data }) => (data as { number: number }).number);
}

/** Reads the numbers of the next records as they come: 100 MB are too much to search repeatedly. */
function takeNumbers(watching: Watching, count: number): Promise<number[]> {
  const numbers: number[] = [];
  return new Promise((resolve) => {
    let rest = '';
    const take = (text: string): void => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) numbers.push((JSON.parse(line) as { data: { number: number } }).data.number);
      if (numbers.length < count) return;
      watching.process!.stdout!.off('data', take);
      resolve(numbers);
    };
    watching.process!.stdout!.on('data', take);
  });
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, number) => number);

/** Returns megabytes: `VmRSS` is resident memory now, `VmHWM` its peak. */
function memory(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
}

/** Resolves after this many more Engine.IO pongs (`3`) from the client. */
function pongs(connection: PushConnection, more: number): Promise<void> {
  const count = (): number => connection.received.filter((frame) => frame === '3').length;
  const wanted = count() + more;
  return graph.until(() => count() >= wanted);
}

describe('a burst of 50,000 notifications to a reader that stalls', () => {
  it('arrives completely and in order, and most of it waits outside the process', async () => {
    const { watch: running, connection, pid } = await stalled({ pingTimeoutMs: 1_000 });
    const before = memory(pid, 'VmRSS');
    // 100 MB in all.
    sendNumbers(connection, 50_000, 2_000);
    // Pongs without a ping: the watch has paused the socket.
    await pongs(connection, 3);
    const whilePaused = memory(pid, 'VmHWM');
    const all = takeNumbers(running, 50_000);
    running.process!.stdout!.resume();
    expect(await all).toEqual(upTo(50_000));
    expect(whilePaused - before).toBeLessThan(60);
    // While it flows, garbage comes on top; the whole burst in memory would be more than twice as much.
    expect(memory(pid, 'VmHWM') - before).toBeLessThan(150);
  });

  it('does not cost the connection: the server gets pongs in time, although its pings wait unread', async () => {
    const { watch: running, connection } = await stalled({ pingIntervalMs: 500, pingTimeoutMs: 1_500 });
    sendNumbers(connection, 20_000, 300);
    // From inside, this looks like three seconds of silence: more than the two after which a link is dead.
    await pongs(connection, 5);
    expect(connection.isClosed).toBe(false);
    running.process!.stdout!.resume();
    await running.printed('{"number":19999,');
    expect(running.history.filter((type) => type !== 'notification')).toEqual(['ready']);
  });
});

describe('275 frames of 8 MB to a reader that stalls', () => {
  it('wait outside the process, which counts bytes and not only frames', async () => {
    const { watch: running, connection, pid } = await stalled({ pingTimeoutMs: 1_000 });
    const before = memory(pid, 'VmRSS');
    const frame = `42/notifications,${JSON.stringify(['notification', JSON.stringify({ value: [{ padding: 'x'.repeat(8 * 1024 * 1024) }] })])}`;
    let taken = 0;
    // One after the other, as the socket accepts them: what waits on the sending side does not count.
    const tooMany = new Promise<void>((resolve) => {
      const send = (): void => {
        if (taken === 20) resolve();
        if (taken < 275) connection.webSocket.send(frame, () => { taken += 1; send(); });
      };
      send();
    });
    // Pongs without a ping: the watch has paused the socket.
    await Promise.race([pongs(connection, 3), tooMany, connection.closed]);
    expect(taken).toBeGreaterThan(1);
    expect(taken).toBeLessThan(20);
    expect(connection.isClosed).toBe(false);
    expect(memory(pid, 'VmHWM') - before).toBeLessThan(300);
    running.process!.kill('SIGKILL');
    expect(await running.done).toBe('SIGKILL');
  });
});

describe('while the reader stalls', () => {
  it('Ctrl-C ends the watch even if nobody ever reads', async () => {
    const { watch: running, connection } = await stalled({ pingTimeoutMs: 1_000 });
    sendNumbers(connection, 20_000, 300);
    await pongs(connection, 1);
    const exited = once(running.process!, 'exit');
    running.process!.kill('SIGINT');
    expect(await exited).toEqual([130, null]);
  });

  it.each([['Ctrl-C', [], 130], ['--timeout', ['--timeout', '2s'], 124]] as const)('%s ends the watch, which says exactly how many events were not read', async (_name, args, code) => {
    graph = await fakeGraph({ pingTimeoutMs: 1_000 });
    const running = watchWithBinary(graph, { args });
    watch = running;
    const connection = await graph.connection(0);
    await running.reached('ready');
    running.process!.stdout!.pause();
    const exited = once(running.process!, 'exit');
    sendNumbers(connection, 20_000, 300);
    if (code === 130) {
      await pongs(connection, 1);
      running.process!.kill('SIGINT');
    }
    expect(await exited).toEqual([code, null]);
    running.process!.stdout!.resume();
    await running.done;
    const lines = running.output.slice(0, running.output.lastIndexOf('\n')).split('\n').filter((line) => line.startsWith('{"type":"notification"') && line.endsWith('}}'));
    const [, untaken, all] = /did not read (\d+) of (\d+) events/.exec(running.stderr)!;
    expect(lines.length).toBeGreaterThan(50);
    expect(Number(all) - Number(untaken)).toBe(lines.length);
  });

  it('Ctrl-C passes what has arrived to a reader that continues reading', async () => {
    const { watch: running, connection } = await stalled({ pingTimeoutMs: 1_000 });
    sendNumbers(connection, 20_000, 300);
    await pongs(connection, 1);
    running.process!.kill('SIGINT');
    await connection.closed;
    running.process!.stdout!.resume();
    expect(await running.done).toBe(130);
    const numbers = numbersOf(running);
    expect(numbers.length).toBeGreaterThan(2_000);
    expect(numbers).toEqual(upTo(numbers.length));
    expect(running.history.at(-1)).toBe('end');
  });

  it('a second Ctrl-C ends the process at once', async () => {
    const { watch: running, connection } = await stalled({ pingTimeoutMs: 1_000 });
    sendNumbers(connection, 20_000, 300);
    await pongs(connection, 1);
    const exited = once(running.process!, 'exit');
    running.process!.kill('SIGINT');
    await graph.until(() => connection.received.includes('41/notifications,'));
    running.process!.kill('SIGINT');
    // Or by the signal itself if the handler was already gone, which shells also report as 130.
    expect([[130, null], [null, 'SIGINT']]).toContainEqual(await exited);
  });
});

describe('stdout', () => {
  let env: Record<string, string>;
  beforeEach(async () => {
    graph = await fakeGraph();
    env = { GRAPH_WATCH_TOKEN: TOKEN, GRAPH_WATCH_GRAPH_URL: graph.url };
  });

  it('on a full disk ends the watch with an error message', async () => {
    const shell = startShell('graph-watch watch me --json --lifecycle --debug > /dev/full', env);
    const { code, stderr } = await shell.done;
    expect(code).toBe(1);
    expect(stderr).toMatch(/could not write to stdout: ENOSPC.*\nCheck what stdout goes to/);
    expect(stderr).not.toMatch(SECRETS);
    expect(stderr).not.toMatch(CRASH);
  });

  it('whose reader exits ends the watch quietly with 0', async () => {
    const shell = startShell('graph-watch watch me --json | head -1; echo "codes ${PIPESTATUS[*]}"', env);
    const connection = await graph.connection(0);
    connection.notifyValue({ n: 1 });
    await shell.until('stdout', '{"n":1}');
    // head has exited by now, or will while these are written.
    connection.webSocket.on('ping', () => { connection.notifyValue({ n: 2 }); });
    connection.notifyValue({ n: 2 });
    const { stdout, stderr } = await shell.done;
    expect(stdout).toMatch(/^\{"type":"notification".*\{"n":1\}\}\ncodes 0 0\n$/);
    expect(stderr).not.toMatch(/error|EPIPE/);
  });
});
