// Bundles src into dist (or the folder that is named): the program and the API; our own commands in one file, each heavy
// package in a file of its own, so that a command loads only what it needs, and in few files. `--inputs <file>`
// also writes down which files went into it, as a JSON list.
import { createRequire } from 'node:module';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build, transform } from 'esbuild';
import { writeDeclarations } from './bundle/declarations.mjs';
import { buildPage } from './bundle/page.mjs';
import { behind, replaced, together } from './bundle/plugins.mjs';
import { thirdPartyLicenses } from './licenses.mjs';

/** The maximum length of a line, in characters: Node prints the whole line on which an error was thrown. */
const LINE = 1_000;

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);

// Under the "node" condition the socket.io packages bring the `debug` package, which prints whole
// URLs (one contains the push host's token) if DEBUG is set. These builds have no debug output.
const quiet = (name) => require.resolve(`${name}/package.json`).replace(/package\.json$/, 'build/esm/index.js');

// Loaded on demand in the sources, and together in the bundle. The build fails if one of them is not loaded that way,
// or if a command is missing here.
const watching = [
  'cli/execute.ts', 'app/report.ts', 'output/people.ts', 'lib/redactor.ts',
  'commands/watch.ts', 'commands/watch-many.ts',
  'auth/silent.ts', 'auth/store/token-store.ts', 'auth/unattended/held-token.ts', 'auth/unattended/token-command.ts', 'app/load-conf.ts', 'app/stored-settings.ts',
];
// What a watch does not wait for: half of all our code.
const commands = [
  'commands/cat.ts', 'commands/completion.ts', 'commands/config.ts', 'commands/cursor.ts', 'commands/demo.ts', 'commands/doctor.ts', 'commands/drives.ts',
  'commands/emulator.ts', 'commands/endpoint.ts',
  'commands/login.ts', 'commands/logout.ts', 'commands/ls.ts', 'commands/replay.ts', 'commands/status.ts', 'commands/token.ts', 'commands/watch-chosen.ts',
  // The API's, for what it has in common with a watch of the command line.
  'api/run.ts',
];
// Only where several processes share their work.
const cluster = ['commands/cluster-drain.ts', 'commands/cluster-status.ts', 'commands/watch-shared.ts'];
const missing = readdirSync(join(root, 'src/commands')).filter((file) => ![...watching, ...commands, ...cluster].includes(`commands/${file}`));
if (missing.length > 0) throw new Error(`scripts/build.mjs does not bundle these commands: ${missing.join(', ')}`);

const { values, positionals } = parseArgs({ allowPositionals: true, options: { inputs: { type: 'string' } } });
const outdir = resolve(positionals[0] ?? `${root}/dist`);
rmSync(outdir, { recursive: true, force: true });
const result = await build({
  absWorkingDir: root,
  entryPoints: ['src/main.ts', 'src/index.ts'],
  outdir,
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // Names are kept, for stack traces. esbuild's keepNames with short names would name each closure when it is
  // created, in every dependency: a quarter of the CPU time of a burst.
  minifySyntax: true,
  minifyWhitespace: true,
  lineLimit: LINE,
  legalComments: 'none',
  metafile: true,
  alias: { 'socket.io-client': quiet('socket.io-client'), 'engine.io-client': quiet('engine.io-client') },
  plugins: [
    together('watching', join(root, 'src'), watching),
    together('commands', join(root, 'src'), commands, { behind: 'watching' }),
    together('cluster', join(root, 'src'), cluster, { behind: 'watching' }),
    together('network', join(root, 'src'), ['net/network.ts', 'net/send.ts', 'net/download.ts'], { behind: 'watching' }),
    together('drawing', join(root, 'src'), ['output/bursts.ts', 'output/cluster-table.ts', 'output/drives-table.ts', 'output/entries-table.ts', 'output/fit.ts', 'output/pretty-change.ts', 'output/shortened.ts', 'doctor/step-lines.ts'], { behind: 'watching' }),
    behind('watching', join(root, 'src'), [
      'auth/unattended/app.ts', 'auth/unattended/managed-identity.ts', 'cli/mistakes.ts', 'cluster/jetstream-bucket.ts', 'net/nats-connection.ts', 'output/choose.ts',
      'publish/jetstream-broker.ts', 'stream/socket.ts', 'watch/serving.ts',
    ]),
    replaced(/^undici$/, /[\\/]src[\\/]/, join(root, 'scripts/bundle/undici.mjs')),
    // proxies.ts refuses every proxy that is not an HTTP one.
    replaced(/[\\/]socks5-proxy-agent$/, /[\\/]undici[\\/]/, join(root, 'scripts/bundle/no-socks.cjs')),
    replaced(/^signal-exit$/, /[\\/]proper-lockfile[\\/]/, join(root, 'scripts/bundle/at-exit.cjs')),
    replaced(/^graceful-fs$/, /[\\/]proper-lockfile[\\/]/, join(root, 'scripts/bundle/plain-fs.cjs')),
    replaced(/^debug$/, /node_modules/, join(root, 'scripts/bundle/no-debug.cjs')),
    // commander can start other programs as subcommands, which is not used: 1.5 ms of every start.
    replaced(/^node:child_process$/, /[\\/]commander[\\/]/, join(root, 'scripts/bundle/nothing.cjs')),
  ],
  // Native and optional: it remains a dependency.
  external: ['@napi-rs/keyring'],
  // Bundled CommonJS packages ask for Node's modules with require().
  banner: { js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);" },
  logLevel: 'warning',
});
// Whatever is behind a static import is loaded by every command: a package gets there by one import too many.
const AT_EVERY_START = new Set(['commander', 'chalk', 'env-paths', 'p-map']);
const { outputs } = result.metafile;
const loaded = new Set(Object.keys(outputs).filter((file) => /(?:^|[/])(?:main|watching-\w+|commands-\w+)\.js$/.test(file)));
for (const file of loaded) for (const { path, kind } of outputs[file].imports) if (kind === 'import-statement' && path in outputs) loaded.add(path);
const loadedPackages = new Set([...loaded].flatMap((file) => Object.keys(outputs[file].inputs)).flatMap((input) => /.*node_modules[/]((?:@[^/]+[/])?[^/]+)/.exec(input)?.[1] ?? []));
const needless = [...loadedPackages].filter((name) => !AT_EVERY_START.has(name));
if (needless.length > 0) throw new Error(`every command would load ${needless.join(', ')}: load it on demand, or name it in scripts/build.mjs`);

// Files with hardly any code of ours get short names too: that saves an eighth of the package, and reading at each start. The
// names that matter in a stack trace are our own or those of properties, and stay.
const OURS_AT_MOST = 0.05;
/** In bytes; smaller files are not worth it. */
const WORTH_IT = 10_000;
/** Compares the names of its own classes with text. */
const KEEPS_NAMES = 'node_modules/@peculiar/asn1-schema/';
for (const [file, { bytes, inputs }] of Object.entries(result.metafile.outputs)) {
  const ours = Object.entries(inputs).filter(([input]) => !input.includes('node_modules/')).reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);
  if (bytes < WORTH_IT || ours > OURS_AT_MOST * bytes || Object.keys(inputs).some((input) => input.startsWith(KEEPS_NAMES))) continue;
  const path = join(root, file);
  const { code } = await transform(readFileSync(path, 'utf8'), { minifyIdentifiers: true, minifyWhitespace: true, minifySyntax: true, legalComments: 'none', format: 'esm', target: 'node20', lineLimit: LINE });
  writeFileSync(path, code);
}
// What bin answers without loading all of that: help, and shells that complete a command line.
const pages = await build({
  absWorkingDir: root, entryPoints: { 'prebuilt-pages': 'src/cli/prebuilt-pages.ts', completion: 'src/cli/completion/answer.ts' }, outdir, outExtension: { '.js': '.cjs' },
  bundle: true, platform: 'node', format: 'cjs', target: 'node20', minifySyntax: true, minifyWhitespace: true, metafile: true, logLevel: 'warning',
});
const { completions, helpPages } = await import(pathToFileURL(`${outdir}/main.js`));
writeFileSync(`${outdir}/completion.json`, JSON.stringify(await completions()));
mkdirSync(`${outdir}/help`);
for (const [words, page] of helpPages()) writeFileSync(`${outdir}/help/${['graph-watch', ...words].join('-')}.txt`, page);

writeDeclarations({ src: join(root, 'src'), entry: 'index.ts', outdir: join(outdir, 'types') });

const inputs = [...[result, pages].flatMap(({ metafile }) => Object.keys(metafile.inputs)), ...await buildPage(root, `${outdir}/page`)];
if (values.inputs !== undefined) writeFileSync(values.inputs, JSON.stringify(inputs));
writeFileSync(`${outdir}/THIRD-PARTY-LICENSES.txt`, thirdPartyLicenses(root, inputs));
const sizes = Object.keys(result.metafile.outputs).map((file) => statSync(join(root, file)).size);
console.log(`dist: ${sizes.length} files, ${Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1024)} KB`);
