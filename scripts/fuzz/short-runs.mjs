import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OwnTime } from './own-time.mjs';
import { CRASH, NODE_OPTIONS, secretPart, TERM_MS } from './rules.mjs';

// For parts whose cases are one run of the binary each.

const BINARY = fileURLToPath(new URL('../../bin/graph-watch.js', import.meta.url));
/** A run retries for 60 s before a first success; in its own time. */
const HANG_MS = 120_000;
/** Twice what the largest answer that is read takes, once it is parsed. */
const MOST_MEMORY_MB = 400;
/** Every exit code that the documentation names, except that of a bug. */
const EXITS = new Set([0, 2, 3, 4, 5, 124]);
/** Exit codes after SIGTERM: the program's own, or the signal itself if it came before there was a handler. */
const TERM_EXITS = new Set([143, 'SIGTERM']);
/** One in this many cases is sent SIGTERM, within this many milliseconds of its start. */
const TERM_ONE_IN = 5;
const TERM_WITHIN_MS = 4_000;
const AT_ONCE = 2;

/**
 * Runs the cases, two at a time. `prepare(folder, { random, isTerminated })` says what is run:
 * `{ args, env, secrets, repeat, close }`; `repeat` describes the case in a failure. One that is going to be sent
 * SIGTERM may wait for ever. With `started(child)` the case itself ends the run, and with `judge(end)` it returns what
 * is wrong with the output. Resolves with the part's rows.
 */
export async function shortRuns({ cases, fail }, prepare) {
  const exits = new Map();
  const worst = { memory: 0, term: 0, terms: 0 };
  const work = async () => {
    for (const { seed, random } of cases) {
      const folder = mkdtempSync(join(tmpdir(), 'graph-watch-fuzz-'));
      const isTerminated = random.between(1, TERM_ONE_IN) === 1;
      const prepared = await prepare(folder, { random, isTerminated });
      const { args, env = {}, secrets = [], close = () => undefined, judge = () => [], started } = prepared;
      const termAfterMs = started === undefined && isTerminated ? random.between(0, TERM_WITHIN_MS) : undefined;
      const end = await runOnce(args, { GRAPH_WATCH_CONFIG_DIR: join(folder, 'config'), ...env }, { termAfterMs, started });
      const problems = [...problemsOf(end, secrets), ...await judge(end)];
      await close();
      rmSync(folder, { recursive: true, force: true });
      exits.set(end.code, (exits.get(end.code) ?? 0) + 1);
      worst.memory = Math.max(worst.memory, end.memory);
      worst.term = Math.max(worst.term, end.termMs ?? 0);
      worst.terms += end.termMs === undefined ? 0 : 1;
      for (const problem of problems) fail(`${problem}: ${args.join(' ')} with ${prepared.repeat.slice(0, 500)}\n${end.stderr.slice(-400)}`, seed);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const runs = [...exits.values()].reduce((sum, count) => sum + count, 0);
  const ends = [...exits].sort(([one], [other]) => String(one).localeCompare(String(other), 'en', { numeric: true }));
  return [
    ['runs', runs], ...ends.map(([code, count]) => [`exit ${code}`, count]), ['highest memory, MB', worst.memory], ['sent SIGTERM', worst.terms], ['longest until it ended, ms of its own time', worst.term],
  ];
}

/** Runs the binary to its end. `termAfterMs`: it is sent SIGTERM then; `started(child)`: called with the process. */
export async function runOnce(args, env, { termAfterMs, started } = {}) {
  const child = spawn(process.execPath, [BINARY, ...args], { env: { PATH: process.env.PATH, NODE_OPTIONS, ...env }, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  const texts = ['', '', '', ''];
  for (const descriptor of [1, 2, 3]) child.stdio[descriptor].setEncoding('utf8').on('data', (text) => { texts[descriptor] += text; });
  const closed = once(child, 'close');
  const time = new OwnTime(child.pid);
  started?.(child);
  let askedAt;
  let end = await (termAfterMs === undefined ? time.within(HANG_MS, closed) : Promise.race([closed, pause(termAfterMs)]));
  if (end === undefined && termAfterMs !== undefined) {
    askedAt = time.ms;
    child.kill('SIGTERM');
    end = await time.within(TERM_MS, closed);
  }
  const hung = end === undefined;
  if (hung) child.kill('SIGKILL');
  const [code, signal] = end ?? await closed;
  time.stop();
  return {
    code: code ?? signal, stdout: texts[1], stderr: texts[2], hung, memory: Math.round(Number(texts[3]) / 1024),
    termMs: askedAt === undefined ? undefined : Math.round(time.ms - askedAt),
  };
}

function* problemsOf({ code, stdout, stderr, hung, memory, termMs }, secrets) {
  if (hung) yield termMs === undefined ? 'it hung' : `it did not end within ${TERM_MS / 1000} s of its own time after SIGTERM`;
  else if (!EXITS.has(code) && !(termMs !== undefined && TERM_EXITS.has(code)) && code !== 130) yield `it ended with ${code}`;
  if (memory > MOST_MEMORY_MB) yield `${memory} MB of memory`;
  if (CRASH.test(stderr)) yield 'a crash';
  if (/(?![\n\t])\p{Cc}/u.test(stderr)) yield 'a control character on stderr';
  if (stderr.length > 20_000) yield 'a flood on stderr';
  for (const text of [stdout, stderr]) {
    const part = secretPart(text, secrets);
    if (part !== undefined) yield `a part of a secret in the output (${part})`;
  }
}

function pause(ms) {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}
