import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BINARY, startBinary, startProgram, type Running } from '../support/binary.ts';

let folder: string;
let running: Running[] = [];
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'graph-watch-replay-serve-')); });
afterEach(async () => {
  for (const { process } of running) process.kill('SIGKILL');
  await Promise.all(running.map(({ done }) => done));
  running = [];
  rmSync(folder, { recursive: true });
});

const at = (second: number): string => new Date(Date.UTC(2026, 10, 24, 13, 0, second)).toISOString();
const record = (type: string, second: number, more: object = {}): string => `${JSON.stringify({ type, time: at(second), target: 'me', ...more })}\n`;
const change = (name: string, second: number): string => record('change', second, { change: 'created', item: { id: name, name, path: `/${name}`, size: 3, folder: false }, via: 'push', changedToSeenMs: 1_500 });
const LOST = record('reconnecting', 10, { reason: 'closed', delayMs: 1_000 });

function file(...lines: string[]): string {
  const path = join(folder, 'events.ndjson');
  writeFileSync(path, lines.join(''));
  return path;
}

function replay(...args: string[]): Running {
  const run = startBinary(['replay', '--serve', '0', '--json', '--lifecycle', ...args]);
  running.push(run);
  return run;
}

const OVER = /Everything has been replayed; serving it at http:\S+ until Ctrl-C\n/;
const urlOf = ({ stderr }: Running): string => /http:\S+\//.exec(stderr)?.[0] ?? '';
const ready = async (run: Running): Promise<unknown> => {
  const answer = await fetch(`${urlOf(run)}readyz`);
  return [answer.status, await answer.json()];
};
const state = async (run: Running): Promise<unknown> => (await fetch(`${urlOf(run)}state`)).json();

describe('replay --serve', () => {
  it('is ready when the recorded watch was, and keeps serving after its last event until it is stopped', async () => {
    const run = startProgram([BINARY, 'replay', '-', '--serve', '0', '--json', '--lifecycle'], { cwd: folder, env: {}, stdin: 'pipe' });
    running.push(run);
    const { stdin } = run.process;
    await run.until('stderr', 'Serving at');
    expect(await ready(run)).toEqual([503, { ready: false, targets: 0, connected: 0 }]);
    expect(await state(run)).not.toHaveProperty('startedAt');
    stdin?.write(record('ready', 0) + change('one.txt', 5));
    await run.until('stdout', 'one.txt');
    expect(await ready(run)).toEqual([200, { ready: true, targets: 1, connected: 1 }]);
    stdin?.write(LOST);
    await run.until('stdout', 'reconnecting');
    expect(await ready(run)).toEqual([503, { ready: false, targets: 1, connected: 0 }]);
    stdin?.end(record('ready', 20) + record('gap', 20, { reason: 'closed', from: at(10), to: at(20), catchup: true }) + change('two.txt', 70) + record('end', 80, { reason: 'stopped (Ctrl-C)' }));
    await run.until('stderr', OVER);
    expect(await ready(run)).toEqual([200, { ready: true, targets: 0, connected: 0 }]);
    expect(await state(run)).toMatchObject({
      mode: 'changes', startedAt: at(0), now: at(80), replay: { rate: 0, ended: true }, totals: { events: 2, reconnects: 1, gaps: 1, gapSeconds: 10 },
      perMinute: { until: at(60), counts: [1, 1] }, targets: [{ target: 'me', state: 'ended', lastDelayMs: 1_500, lastEventAt: at(70) }],
    });
    expect(await (await fetch(`${urlOf(run)}metrics`)).text()).toContain('graph_watch_change_delay_seconds_sum{via="push"} 3\n');
    expect(await (await fetch(urlOf(run))).text()).toContain('<title>');
    const events = await fetch(`${urlOf(run)}events?recent=all`);
    run.process.kill('SIGTERM');
    const { code, stdout } = await run.done;
    const stream = await events.text();
    expect(code).toBe(143);
    expect([...stream.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => data).slice(0, -1)).toEqual(stdout.trimEnd().split('\n'));
    expect(stream).toContain('event: closing\ndata: {"type":"closing","reason":"stopped (SIGTERM)"}\n\n');
  });

  it('ends on Ctrl-C, --count or --timeout, also in the middle, with 0 if everything was replayed by then', async () => {
    const path = file(record('ready', 0), change('one.txt', 1), change('two.txt', 3_600));
    const slow = replay(path, '--speed', '1');
    await slow.until('stderr', 'the next event is due');
    expect(await state(slow)).toMatchObject({ replay: { rate: 1, ended: false }, totals: { events: 1 } });
    slow.process.kill('SIGINT');
    expect((await slow.done).code).toBe(130);
    expect(await replay(path, '-n', '1').done).toMatchObject({ code: 0, stderr: expect.not.stringMatching(OVER) });
    const timed = [[], ['--path', '/nothing'], ['-n', '3'], ['--speed', '1']].map((args) => replay(path, '-t', '5s', ...args));
    const ends = await Promise.all(timed.map(({ done }) => done));
    expect(ends.map(({ code, stderr }) => [code, OVER.test(stderr)])).toEqual([[0, true], [0, true], [124, true], [124, false]]);
  }, 30_000);

  it('reports damaged lines, and serves all others', async () => {
    const run = replay(file(change('one.txt', 1), 'oops\n', change('two.txt', 2)), '-t', '5s');
    await run.until('stderr', OVER);
    expect(await state(run)).toMatchObject({ ready: true, totals: { events: 2 }, targets: [{ state: 'connected' }] });
    expect(run.stderr).toMatch(/warning: 1 line is damaged, the first at .*:2\.\n/);
    expect((await run.done).code).toBe(124);
  });

  it('refuses a file that is not a recording, or an address that needs a token, with 2', async () => {
    expect(await replay(file('Dear diary\n')).done).toMatchObject({ code: 2, stderr: expect.stringContaining('is not a recording') });
    expect(await replay(file(change('one.txt', 1)), '--serve', '0.0.0.0:0').done).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('GRAPH_WATCH_SERVE_TOKEN') });
  });
});
