#!/usr/bin/env node
// Throws random and broken input at the real binary, for this many minutes per part:
//
//     npm run fuzz -- [part…] [--seed n] [--minutes m]
//     npm run fuzz -- <part> --case n
//
// A part is a file of scripts/fuzz/parts that exports `run({ cases, fail })`. It takes its cases from `cases`, each with
// `random`, the only source of its input, and the `seed` of that, which `--case` repeats alone. `fail(text, seed)`
// reports what must not happen: a crash, a hang (also after SIGTERM), too much memory, a part of a secret in the output,
// a silent loss. It resolves with what it did, as rows `[what, count]`.
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { seededRandom } from './soak/random.mjs';

const folder = new URL('./fuzz/parts/', import.meta.url);
const known = readdirSync(folder).map((file) => file.replace(/\.mjs$/, ''));
/** A part is stopped after this many failures: more of the same would add nothing. */
const ENOUGH_FAILURES = 20;
/** How often a long run reports its progress. */
const SAY_EVERY_MS = 5 * 60_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string', default: String(Date.now() % 2 ** 31) }, minutes: { type: 'string', default: '1' }, case: { type: 'string' } },
});
const unknown = positionals.filter((part) => !known.includes(part));
if (unknown.length > 0) throw new Error(`There is no part ${unknown.join(', ')}: there are ${known.join(', ')}.`);
if (values.case !== undefined && positionals.length !== 1) throw new Error('A case belongs to one part.');

console.log(values.case === undefined ? `seed ${values.seed}, ${values.minutes} minutes each\n` : `case ${values.case}\n`);
console.log('| part | what | how often |\n|---|---|---:|');
let failed = false;
for (const part of positionals.length > 0 ? positionals : known) {
  const { run } = await import(new URL(`${part}.mjs`, folder).href);
  const progress = { cases: 0, failures: 0 };
  const fail = (text, seed) => {
    progress.failures += 1;
    console.error(`${new Date().toISOString()} ${part}: ${text}\nagain: npm run fuzz -- ${part} --case ${seed}\n`);
  };
  const rows = await run({ cases: values.case === undefined ? manyCases(part, progress) : oneCase(Number(values.case)), fail });
  for (const [what, count] of [...rows, ['**failures**', progress.failures]]) console.log(`| ${part} | ${what} | ${count.toLocaleString('en-US')} |`);
  failed ||= progress.failures > 0;
}
process.exitCode = failed ? 1 : 0;

function* manyCases(part, progress) {
  const random = seededRandom(Number(values.seed));
  const until = Date.now() + Number(values.minutes) * 60_000;
  let sayAt = Date.now() + SAY_EVERY_MS;
  while (Date.now() < until && progress.failures < ENOUGH_FAILURES) {
    const seed = random.between(0, 2 ** 31 - 1);
    yield { seed, random: seededRandom(seed), until };
    progress.cases += 1;
    if (Date.now() < sayAt) continue;
    sayAt += SAY_EVERY_MS;
    console.error(`${new Date().toISOString()} ${part}: ${progress.cases} cases, ${progress.failures} failures`);
  }
}

function* oneCase(seed) {
  yield { seed, random: seededRandom(seed), until: Infinity };
}
