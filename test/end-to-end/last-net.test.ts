import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startShell } from '../support/binary.ts';
import { fakeGraph, type FakeGraph } from '../support/fake-graph.ts';
import { CRASH, SECRETS, TOKEN, watchWithBinary } from '../support/watching.ts';

// Uncaught faults in the real binary: a module that is loaded first throws on a signal.

let place: string;
let graph: FakeGraph;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'graph-watch-net-'));
  graph = await fakeGraph();
});
afterEach(async () => {
  await graph.close();
  await rm(place, { recursive: true, force: true });
});

const onSignal = (code: string): string => `--import=data:text/javascript,${encodeURIComponent(`import fs from 'node:fs'; process.on('SIGUSR2', () => { ${code} });`)}`;

describe('an uncaught fault', () => {
  it.each([
    ['an exception', `setImmediate(() => { throw new Error("boom ${TOKEN}"); })`, /^graph-watch failed unexpectedly: boom /],
    ['a rejection', `void Promise.reject(new Error("boom ${TOKEN}"))`, /^graph-watch failed unexpectedly: boom /],
    ['a value that is not an error', 'setImmediate(() => { throw Object.create(null); })', /something was thrown that is not an error/],
  ])('(%s) ends the watch cleanly, with one report without secrets', async (_name, code, wanted) => {
    const ready = join(place, 'ready');
    const watch = watchWithBinary(graph, { args: ['--ready-file', ready], env: { NODE_OPTIONS: onSignal(code) } });
    await watch.reached('ready');
    expect(existsSync(ready)).toBe(true);
    watch.process!.kill('SIGUSR2');
    expect(await watch.done).toBe(1);
    expect(existsSync(ready)).toBe(false);
    expect(watch.history).toEqual(['ready', 'end']);
    expect(watch.output).not.toMatch(SECRETS);
    // Without the stack trace that --debug shows.
    expect(watch.output.replaceAll(/^ +at .*$/gm, '')).not.toMatch(CRASH);
    const lines = watch.stderr.split('\n');
    const at = lines.findIndex((line) => wanted.test(line));
    expect(lines[at + 1]).toBe('This is a bug; --debug shows where.');
    expect(watch.stderr.match(/failed unexpectedly/g)).toHaveLength(1);
  });
});

it('a command that cannot be started because file descriptors ran out counts as a failed action', async () => {
  const watch = watchWithBinary(graph, {
    args: ['-n', '1', '--fail-fast', '--', 'true'],
    env: { NODE_OPTIONS: onSignal('try { for (;;) fs.openSync("/dev/null"); } catch { process.stderr.write("none left\\n"); }') },
  });
  const connection = await graph.connection(0);
  await watch.reached('ready');
  watch.process!.kill('SIGUSR2');
  await watch.said('none left');
  connection.notifyValue({ n: 1 });
  expect(await watch.done).toBe(6);
  expect(watch.stderr).toContain('true could not be started: too many files are open.');
  expect(watch.output).not.toMatch(CRASH);
});

it('two lines say that the program\'s own files are missing', async () => {
  const { code, stderr } = await startShell(`mkdir -p '${place}/bin' '${place}/dist' && cp "$(dirname "$BINARY")"/* '${place}/bin' && cp "$(dirname "$BINARY")/../dist/prebuilt-pages.cjs" '${place}/dist' && exec node '${place}/bin/graph-watch.js' status`).done;
  expect([code, stderr.trimEnd().split('\n')]).toEqual([1, [expect.stringMatching(/^graph-watch failed unexpectedly: Cannot find/), 'Is it installed completely?']]);
});
