import { fileURLToPath } from 'node:url';
import { Program } from './process.mjs';

const peer = (name) => fileURLToPath(new URL(`../peers/${name}.mjs`, import.meta.url));

const READY = /"type":"ready"/;
const watch = (...args) => ['watch', ...args, '--json', '--lifecycle'];
const INDEX = watch('drive', 'large', '--changes', '--index');
/** A budget that does not delay the pages: how fast Graph lets a drive be listed is not what is measured. Older versions knew none. */
const ANY_BUDGET = ['--budget', '100000'];

/** The programs that are measured side by side. Each is started with its own token, by which the server recognizes it. */
export const contenders = {
  'graph-watch': { readyLine: READY, args: (bench) => [bench.tool, ...watch('me')] },
  before: { readyLine: READY, args: (bench) => [bench.before, ...watch('me')] },
  snippet: { readyLine: /Connected!/, args: () => [peer('snippet')] },
  'bare ws': { readyLine: /^40/, args: () => [peer('bare-ws')] },
  'graph-watch, changes': { readyLine: READY, args: (bench) => [bench.tool, ...watch('me', '--changes')] },
  'change floor': { readyLine: /^40/, args: () => [peer('change-line')] },
  'graph-watch, index': { readyLine: READY, args: (bench) => [bench.tool, ...INDEX, ...ANY_BUDGET] },
  'before, index': { readyLine: READY, args: (bench) => [bench.before, ...INDEX] },
  'index floor': { readyLine: /items/, args: () => [peer('index')] },
};

/** The name of `before` as a peer, and the goals for "no worse than before", with some tolerance for noise. */
export const BEFORE = 'graph-watch before';
export const NO_SLOWER = { atMost: 1.1 };
export const NO_LESS = { atLeast: 0.9 };

let started = 0;

/** Starts a contender against a place of the server; resolves once it is connected. */
export async function connect(bench, name, { place = 'tls', env = {} } = {}) {
  const { readyLine, args } = contenders[name];
  const token = `bench-${started++}`;
  const { graph, push } = bench.server.places[place];
  const program = new Program(args(bench), {
    ...bench.env,
    GRAPH_WATCH_GRAPH_URL: graph,
    GRAPH_WATCH_TOKEN: token,
    BENCH_PUSH: `${push.replace(/^http/, 'ws')}/socket.io/?token=${token}&EIO=4&transport=websocket`,
    ...env,
  });
  const readyMs = await program.until(readyLine);
  return { program, token, readyMs };
}
