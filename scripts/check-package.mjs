// Packs the package, installs it into an empty folder as a user would, and runs it from there.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const place = mkdtempSync(join(tmpdir(), 'graph-watch-package-'));
/** In no project: npm looks for one in the folders above. */
const empty = mkdtempSync(join(tmpdir(), 'graph-watch-empty-'));
const MOST_BYTES = 4_000_000;
const run = (command, args, options = {}) =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], timeout: 300_000, ...options });
const check = (holds, what, printed) => {
  if (!holds) throw new Error(`package check failed: ${what}${printed === undefined ? '' : `; it printed\n${printed}`}`);
  console.log(`ok  ${what}`);
};

/** Runs npm or npx as a user without any files of their own does; returns what it printed. */
const asNewUser = (command, args, folder) => {
  const env = { ...process.env, HOME: join(place, 'new-home'), npm_config_update_notifier: 'false' };
  mkdirSync(env.HOME, { recursive: true });
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, env, encoding: 'utf8', timeout: 300_000 });
  if (status !== 0) throw new Error(`package check failed: ${command} ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`);
  return stdout + stderr;
};

/** Compiles programs against the installed package, as strictly as TypeScript can: one that uses the API's types, and the examples of the docs. */
function checkTypes() {
  writeFileSync(join(place, 'consumer.mts'), readFileSync(join(root, 'scripts/bundle/consumer.mts'), 'utf8'));
  const examples = [...readFileSync(join(root, 'docs/api.md'), 'utf8').matchAll(/^```js\n\/\/ (\S+)\.mjs\n(.*?)^```$/gms)];
  check(examples.length > 3, 'the docs show examples of the API');
  for (const [, name, text] of examples) writeFileSync(join(place, `${name}.mts`), text);
  // Whoever runs the example has installed it.
  writeFileSync(join(place, 'identity.d.ts'), "declare module '@azure/identity' { export class DefaultAzureCredential { getToken(scope: string): Promise<{ token: string }>; } }\n");
  const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noPropertyAccessFromIndexSignature: true, skipLibCheck: false, noEmit: true, target: 'es2023', module: 'nodenext' };
  const node = { types: ['node'], typeRoots: [join(root, 'node_modules/@types')] };
  const projects = [
    ['with the types of Node', { ...strict, ...node, lib: ['es2023'] }, ['consumer.mts']],
    ['with those of a browser only', { ...strict, types: [], lib: ['es2023', 'dom'] }, ['consumer.mts']],
    // They are JavaScript: their functions have no types.
    ['in the examples of the docs', { ...strict, ...node, noImplicitAny: false, strictNullChecks: false, exactOptionalPropertyTypes: false, noPropertyAccessFromIndexSignature: false, lib: ['es2023'] }, ['identity.d.ts', ...examples.map(([, name]) => `${name}.mts`)]],
  ];
  for (const [what, compilerOptions, sources] of projects) {
    writeFileSync(join(place, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: sources }));
    const { status, stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', place], { encoding: 'utf8' });
    if (status !== 0) console.error(stdout);
    check(status === 0, `its types hold ${what}`);
  }
}

try {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const field of ['description', 'keywords', 'license', 'bin', 'files', 'engines']) check(manifest[field] !== undefined, `package.json has ${field}`);
  for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) check(manifest.scripts[script] === undefined, `nothing runs at ${script}`);
  console.log(run('npx', ['--no-install', 'publint', '--strict'], { cwd: root }).trim());
  const [{ filename, files, unpackedSize }] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', place], { cwd: root }));
  check(unpackedSize <= MOST_BYTES, `it has ${(unpackedSize / 1e6).toFixed(1)} MB unpacked, and no more than ${MOST_BYTES / 1e6}`);
  // Only ES modules can import it, with a resolution that reads "exports".
  console.log(run('npx', ['--no-install', 'attw', join(place, filename), '--profile', 'esm-only', '--format', 'ascii'], { cwd: root }).trim());
  const packed = files.map(({ path }) => path);
  check(packed.includes('dist/THIRD-PARTY-LICENSES.txt') && packed.includes('LICENSE'), 'the licenses are in it');
  check(packed.every((path) => !/^(?:src|test|node_modules)\//.test(path)), 'no sources, tests or packages are in it');

  run('node', [join(root, 'scripts/build.mjs'), join(place, 'rebuilt'), '--inputs', join(place, 'inputs.json')]);
  const inputs = JSON.parse(readFileSync(join(place, 'inputs.json'), 'utf8'));
  const bundled = new Set(inputs.flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? []));

  const home = join(place, 'home');
  writeFileSync(join(place, 'package.json'), '{"private":true}\n');
  const installing = asNewUser('npm', ['install', '--no-audit', '--no-fund', join(place, filename)], place);
  check(!/warn/i.test(installing), 'npm install warns of nothing', installing);
  const licenses = readFileSync(join(place, 'node_modules/graph-watch/dist/THIRD-PARTY-LICENSES.txt'), 'utf8').split(`${'-'.repeat(80)}\n`);
  const unnamed = [...bundled].filter((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    return !licenses.some((section) => section.split('\n\n')[0].split('\n').some((line) => line.startsWith(`${name}@${version} (`)) && /copyright|license:/i.test(section));
  });
  check(bundled.size > 50 && unnamed.length === 0, `the licenses of all ${bundled.size} bundled packages are passed on${unnamed.map((folder) => `, but ${folder}`).join('')}`);
  checkTypes();
  const env = { ...process.env, HOME: home, GRAPH_WATCH_CONFIG_DIR: join(home, 'config') };
  const bin = join(place, 'node_modules', '.bin', 'graph-watch');
  const { version } = JSON.parse(run('npm', ['pkg', 'get', 'version', '--json'], { cwd: root }).replace(/^"(.*)"\s*$/, '{"version":"$1"}'));
  check(run(bin, ['--version'], { env }).trim() === version, `--version prints ${version}`);
  check(run(bin, ['--help'], { env }).includes('watch'), '--help prints help');
  const lines = run(bin, ['demo', '--json', '--quiet'], { env }).trim().split('\n').map((line) => JSON.parse(line));
  check(lines.length > 0 && lines.every(({ target }) => target === 'me'), `demo prints ${lines.length} events`);
  const shown = asNewUser('npx', ['--yes', `file:${join(place, filename)}`, 'demo'], empty);
  check(shown.includes('Signed in as') && shown.includes('Q3-final.txt') && !/warn/i.test(shown), 'npx <tarball> demo shows the demo', shown);
} finally {
  for (const folder of [place, empty]) rmSync(folder, { recursive: true, force: true });
}
