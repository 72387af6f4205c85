import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { bytes, limit } from '../lib/table.mjs';

const ITEMS = 200_000;
const GOAL_BYTES = 120;

/** What the index takes per item, beside the text that it has to know of each. */
export async function measure(bench) {
  const printed = execFileSync(process.execPath, ['--expose-gc', join(bench.root, 'bench', 'index-memory.mjs'), String(ITEMS)], { encoding: 'utf8', env: bench.env });
  const find = (pattern) => Number(pattern.exec(printed)[1]);
  const what = `memory per item of an index of ${ITEMS.toLocaleString('en')}`;
  return { rows: [limit({ what, ours: find(/(\d+) bytes an item/), peer: { name: 'id, name and parent as UTF-8', value: find(/(\d+) bytes of each/) }, show: bytes, atMost: GOAL_BYTES })] };
}
