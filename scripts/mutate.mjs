// `npm run mutate` breaks lines on purpose and checks whether a unit test notices. Breaking all of them takes hours;
// `-- --sample 200 --seed 7` breaks that many lines at random (the seed is printed), `-- src/stream/renewal.ts` one file's.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { seededRandom } from './soak/random.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { sample: { type: 'string' }, seed: { type: 'string', default: String(Date.now() % 1_000_000) } },
});

const what = positionals.length > 0 ? positionals : values.sample === undefined ? [] : sample(Number(values.sample), Number(values.seed));
if (values.sample !== undefined) console.log(`${what.length} lines, seed ${values.seed}`);
const stryker = fileURLToPath(new URL('../node_modules/@stryker-mutator/core/bin/stryker.js', import.meta.url));
const { status } = spawnSync(process.execPath, [stryker, 'run', 'scripts/stryker.config.mjs', ...(what.length > 0 ? ['--mutate', what.join(',')] : [])], {
  cwd: root, stdio: 'inherit',
});
process.exitCode = status ?? 1;

/** `sample` picks that many lines of code at random, as Stryker names them: `src/stream/link.ts:12-12`. */
function sample(count, seed) {
  const random = seededRandom(seed);
  const lines = execFileSync('git', ['ls-files', 'src/stream', 'src/changes', 'src/watch', 'src/actions'], { cwd: root, encoding: 'utf8' })
    .split('\n').filter((file) => file.endsWith('.ts'))
    .flatMap((file) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8').split('\n').map((text, index) => ({ file, text, line: index + 1 })))
    // Comments, imports, types and lone punctuation have nothing to break.
    .filter(({ text }) => /[=(]/.test(text) && !/^\s*(?:\/?\*|\/\/|import |export (?:type|interface)|type |interface )/.test(text));
  const picked = new Set();
  while (picked.size < Math.min(count, lines.length)) picked.add(random.pick(lines));
  return [...picked].map(({ file, line }) => `${file}:${line}-${line}`);
}
