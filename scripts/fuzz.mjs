#!/usr/bin/env node
// Throws random and broken input at the real binary, for this many minutes per part:
//
//     npm run fuzz -- [part…] [--seed n] [--minutes m]
//
// A part is a file of scripts/fuzz/parts that exports `run({ random, until })`: it works until `until`
// (milliseconds since the epoch) and resolves with `{ rows, failures }`: what it did, as `[what, count]`, and what must
// not happen, one text each: a crash, a hang (also after SIGTERM), too much memory, a part of a secret in the output, a
// silent loss. Its input comes from `random` alone, so that the seed repeats it.
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { seededRandom } from './soak/random.mjs';

const folder = new URL('./fuzz/parts/', import.meta.url);
const known = readdirSync(folder).map((file) => file.replace(/\.mjs$/, ''));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string', default: String(Date.now() % 2 ** 31) }, minutes: { type: 'string', default: '1' } },
});
const unknown = positionals.filter((part) => !known.includes(part));
if (unknown.length > 0) throw new Error(`There is no part ${unknown.join(', ')}: there are ${known.join(', ')}.`);

const seed = Number(values.seed);
console.log(`seed ${seed}, ${values.minutes} minutes each\n`);
console.log('| part | what | how often |\n|---|---|---:|');
const failed = [];
for (const part of positionals.length > 0 ? positionals : known) {
  const { run } = await import(new URL(`${part}.mjs`, folder).href);
  const { rows, failures } = await run({ random: seededRandom(seed), until: Date.now() + Number(values.minutes) * 60_000 });
  for (const [what, count] of [...rows, ['**failures**', failures.length]]) console.log(`| ${part} | ${what} | ${count.toLocaleString('en-US')} |`);
  failed.push(...failures.map((failure) => `${part}: ${failure}`));
}
if (failed.length > 0) console.error(`\n${failed.slice(0, 20).join('\n')}\n\nAgain: npm run fuzz -- ${positionals.join(' ')} --seed ${seed}`);
process.exitCode = failed.length > 0 ? 1 : 0;
