import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// For parts whose cases are one run of the binary each.

const BINARY = fileURLToPath(new URL('../../bin/graph-watch.js', import.meta.url));
/** Retries come at once. */
const SHORT_DELAYS = '--import=data:text/javascript,Math.random=()=>0.001';
/** The patience before a first success is 60 s, and the machine may be busy. */
const HANG_MS = 150_000;
const CRASH = /Unhandled|Uncaught|\nNode\.js v\d|MaxListenersExceeded|failed unexpectedly|This is a bug/;
/** Every end that the documentation names, but that of a bug. */
const EXITS = new Set([0, 2, 3, 4, 5, 124]);
const AT_ONCE = 2;

/**
 * Runs one case after the other, two at a time (which one draws first is chance: a failure shows all that was thrown), until `until`. `prepare(folder)` says what is run: `{ args, env,
 * secrets, repeat, close }`; `repeat` describes the case in a failure. Resolves with the part's rows and failures.
 */
export async function shortRuns(until, prepare) {
  const failures = [];
  const exits = new Map();
  const work = async () => {
    while (Date.now() < until && failures.length < 20) {
      const folder = mkdtempSync(join(tmpdir(), 'graph-watch-fuzz-'));
      const prepared = await prepare(folder);
      const { args, env = {}, secrets = [], close = () => undefined } = prepared;
      const end = await runOnce(args, { GRAPH_WATCH_CONFIG_DIR: join(folder, 'config'), ...env });
      await close();
      rmSync(folder, { recursive: true, force: true });
      exits.set(end.code, (exits.get(end.code) ?? 0) + 1);
      for (const problem of problemsOf(end, secrets)) failures.push(`${problem}: ${args.join(' ')} with ${prepared.repeat.slice(0, 500)}\n${end.stderr.slice(-400)}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const runs = [...exits.values()].reduce((sum, count) => sum + count, 0);
  return { failures, rows: [['runs', runs], ...[...exits].sort(([one], [other]) => one - other).map(([code, count]) => [`exit ${code}`, count])] };
}

async function runOnce(args, env) {
  const child = spawn(process.execPath, [BINARY, ...args], { env: { PATH: process.env.PATH, NODE_OPTIONS: SHORT_DELAYS, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => { texts[name] += text; });
  const timer = setTimeout(() => child.kill('SIGKILL'), HANG_MS);
  const [code, signal] = await once(child, 'close');
  clearTimeout(timer);
  return { ...texts, code: code ?? signal };
}

function* problemsOf({ code, stdout, stderr }, secrets) {
  if (code === 'SIGKILL') yield 'it hung';
  else if (!EXITS.has(code)) yield `it ended with ${code}`;
  if (CRASH.test(stderr)) yield 'a crash';
  if (/(?![\n\t])\p{Cc}/u.test(stderr)) yield 'a control character on stderr';
  if (stderr.length > 20_000) yield 'a flood on stderr';
  for (const secret of secrets) if (stdout.includes(secret) || stderr.includes(secret)) yield 'a secret in the output';
}
