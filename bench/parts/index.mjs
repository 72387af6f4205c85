import { BEFORE, connect, NO_SLOWER } from '../lib/contenders.mjs';
import { alternate, median } from '../lib/stats.mjs';
import { ms, row } from '../lib/table.mjs';

/** Measures reading a whole drive into the index, until `ready`. */
export async function measure(bench) {
  const { items, pages, bytes } = await bench.server.do('prepareDrive', { drive: 'large' });
  const once = (name) => async () => {
    const { program, readyMs } = await connect(bench, name);
    const cpuMs = program.cpuMs();
    const residentBytes = program.residentBytes();
    await program.stop();
    return { readyMs, cpuMs, residentBytes };
  };
  const results = await alternate(bench.runs, {
    ours: once('graph-watch, index'), floor: once('index floor'), ...(bench.before === undefined ? {} : { before: once('before, index') }),
  });
  const middle = (who, what) => median(results[who].map((result) => result[what]));
  const compare = (what, value, who, goal) => row({
    what, ours: middle('ours', value), peer: { name: who === 'before' ? BEFORE : 'undici, JSON.parse', value: middle(who, value) }, show: ms, ...goal,
  });
  return {
    rows: [
      compare(`\`--index\` of ${items.toLocaleString('en')} items: start to \`ready\``, 'readyMs', 'floor', { atMost: 1.1 }),
      compare('the same, CPU', 'cpuMs', 'floor', { atMost: 1.15 }),
      ...(bench.before === undefined ? [] : [compare('the same, start to `ready`', 'readyMs', 'before', NO_SLOWER), compare('the same, CPU', 'cpuMs', 'before', NO_SLOWER)]),
    ],
    notes: [`The drive that is indexed comes in ${pages} pages of ${Math.round(bytes / pages / 1000)} kB each, with TLS and uncompressed, from memory.`],
  };
}
