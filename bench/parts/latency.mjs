import { BEFORE, connect, NO_SLOWER } from '../lib/contenders.mjs';
import { microsToLine } from '../lib/line.mjs';
import { alternate, median, percentile } from '../lib/stats.mjs';
import { row, us } from '../lib/table.mjs';

const WARM_UP = 200;
const EVENTS = 300;
const PAUSE_MS = 1;

/** Connects all contenders at once; each event goes to the next of them once the last line has been read. */
export async function measure(bench) {
  const names = ['graph-watch', 'snippet', 'bare ws', ...(bench.before === undefined ? [] : ['before'])];
  const { rounds } = await alternate(bench.runs, {
    rounds: async () => {
      const connected = await Promise.all(names.map((name) => connect(bench, name)));
      const latencies = names.map(() => []);
      for (let event = -WARM_UP; event < EVENTS; event++) {
        for (const [index, { program, token }] of connected.entries()) {
          const micros = await microsToLine(bench, program, 'one', token);
          if (event >= 0) latencies[index].push(micros);
          await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
        }
      }
      await Promise.all(connected.map(({ program }) => program.stop()));
      return Object.fromEntries(names.map((name, index) => [
        name, { p50: percentile(latencies[index], 0.5), p99: percentile(latencies[index], 0.99) },
      ]));
    },
  });
  const middle = (name, which) => median(rounds.map((round) => round[name][which]));
  const compare = (what, which, name, goal) => row({
    what, ours: middle('graph-watch', which), peer: { name: name === 'before' ? BEFORE : name, value: middle(name, which) }, show: us, ...goal,
  });
  return {
    rows: [
      compare('emitted → line readable, one at a time, p50', 'p50', 'bare ws', { atMost: 1.1 }),
      compare('emitted → line readable, one at a time, p99', 'p99', 'bare ws', { atMost: 1.2 }),
      compare('the same, p50', 'p50', 'snippet', {}),
      compare('the same, p99', 'p99', 'snippet', {}),
      ...(bench.before === undefined ? [] : [compare('the same, p50', 'p50', 'before', NO_SLOWER), compare('the same, p99', 'p99', 'before', {})]),
    ],
  };
}
