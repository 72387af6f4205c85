// Measures graph-watch against what a user would use instead, and prints the table as Markdown on stdout
// (progress on stderr). `npm run bench` runs everything, `npm run bench -- ready burst` those parts. With `--before
// <folder>`, another built checkout is measured in the same runs, to show what has become slower.
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { execFileSync } from 'node:child_process';
import { makeCertificate } from './lib/certificates.mjs';
import { createKnownCli } from './lib/known-cli.mjs';
import { startServer } from './lib/server.mjs';
import { machine, markdown } from './lib/table.mjs';

const PARTS = ['start', 'ready', 'sign-in', 'latency', 'change-line', 'burst', 'index', 'index-memory', 'memory', 'many', 'ten-thousand', 'install'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '11' }, before: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
});
const unknown = positionals.filter((part) => !PARTS.includes(part));
if (values.help || unknown.length > 0) {
  console.error(`Usage: npm run bench -- [--runs <n>] [--before <folder>] [part …]\nParts: ${PARTS.join(', ')} (default: all)`);
  process.exit(values.help ? 0 : 2);
}

if (values.before !== undefined && !existsSync(join(values.before, 'dist', 'main.js'))) {
  console.error(`${values.before} is not a checkout of graph-watch that has been built: run npm ci there.`);
  process.exit(2);
}

const root = fileURLToPath(new URL('..', import.meta.url));
const place = mkdtempSync(join(tmpdir(), 'graph-watch-bench-'));
const say = (line) => { console.error(line); };
let server;
const started = performance.now();
try {
  // A copy like an installed package, so that nothing else in this clone affects the measurement.
  const tool = join(place, 'tool');
  for (const part of ['bin', 'package.json']) cpSync(join(root, part), join(tool, part), { recursive: true });
  execFileSync(process.execPath, [join(root, 'scripts', 'build.mjs'), join(tool, 'dist')], { stdio: 'ignore' });
  const before = join(place, 'before');
  if (values.before !== undefined) {
    for (const part of ['bin', 'package.json', 'dist']) cpSync(join(values.before, part), join(before, part), { recursive: true });
  }
  const emptyModule = join(place, 'empty.mjs');
  writeFileSync(emptyModule, '');
  const certificate = await makeCertificate(place);
  server = await startServer(certificate);
  const bench = {
    root,
    place,
    tool: join(tool, 'bin', 'graph-watch.js'),
    before: values.before === undefined ? undefined : join(before, 'bin', 'graph-watch.js'),
    emptyModule,
    runs: Number(values.runs),
    server,
    // Nothing from the user's environment: no proxy, no stored sign-in, no colors.
    env: { PATH: process.env.PATH, HOME: place, GRAPH_WATCH_CONFIG_DIR: join(place, 'config'), NODE_EXTRA_CA_CERTS: certificate.cert },
    knownCli: createKnownCli(place, say),
    say,
  };
  const rows = [];
  const notes = [];
  for (const part of positionals.length > 0 ? PARTS.filter((name) => positionals.includes(name)) : PARTS) {
    say(`${part} …`);
    const { measure } = await import(`./parts/${part}.mjs`);
    const result = await measure(bench);
    rows.push(...result.rows);
    notes.push(...(result.notes ?? []));
    say(markdown(result.rows));
  }
  console.log(`${new Date().toISOString().slice(0, 10)}, ${machine()}. Medians over ${values.runs} alternating runs unless said otherwise; ratio = graph-watch / peer.\n`);
  console.log(markdown(rows));
  for (const note of notes) console.log(`\n${note}`);
  say(`done in ${Math.round((performance.now() - started) / 1000)} s`);
} finally {
  server?.close();
  rmSync(place, { recursive: true, force: true });
}
