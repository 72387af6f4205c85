import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../lib/contenders.mjs';
import { microsToLine } from '../lib/line.mjs';
import { alternate, median, percentile } from '../lib/stats.mjs';
import { row, us } from '../lib/table.mjs';

/** Each contender runs several times, each time with a drive of its own. */
const COPIES = 4;
const PERIOD_MS = 2_400;
/**
 * A drive is queried again 1, 3, 7, 15, 30 and 60 s after a change, and not within a second of another query: such waits are
 * not what is measured. So events are sent only in these windows after the last change of the same drive: from and to, in milliseconds.
 */
const AT_REST = [[2_100, 2_900], [4_100, 6_900], [8_100, 14_900], [16_100, 29_900], [32_000, Infinity]];
const WARM_UP = 3;
/** Longer than all but the last of the queries that follow a change. */
const REST_MS = 33_000;
const EVENTS = 10;
/** A round takes more than a minute: there is one for this many runs of the other parts. */
const RUNS_A_ROUND = 5;

/** Measures the time from a notification to the line of its change, one at a time, with the contenders taking turns. With a third contender, an older version, the windows would be missed. */
export async function measure(bench) {
  const names = ['graph-watch, changes', 'change floor'];
  await bench.server.do('prepareDrive', { drive: 'me' });
  const { rounds } = await alternate(Math.ceil(bench.runs / RUNS_A_ROUND), {
    rounds: async () => {
      const connected = [];
      for (let copy = 0; copy < COPIES; copy++) {
        for (const name of names) connected.push({ name, latencies: [], changedAt: undefined, ...await connect(bench, name) });
      }
      for (let event = -WARM_UP; event < EVENTS; event++) {
        // The first ones may take a second. Without this pause, all others would fall into a later window, in which idle connections have been closed.
        if (event === -1) await sleep(REST_MS);
        for (const drive of connected) {
          await sleep(untilRest(drive.changedAt));
          drive.changedAt = performance.now();
          const [micros] = await Promise.all([microsToLine(bench, drive.program, 'change', drive.token), sleep(PERIOD_MS / connected.length)]);
          if (event >= 0) drive.latencies.push(micros);
        }
      }
      await Promise.all(connected.map(({ program }) => program.stop()));
      return Object.fromEntries(names.map((name) => [name, connected.flatMap((each) => (each.name === name ? each.latencies : []))]));
    },
  });
  const middle = (name, share) => median(rounds.map((round) => percentile(round[name], share)));
  const compare = (what, share, name, goal) => row({
    what, ours: middle(names[0], share), peer: { name: 'ws, undici, JSON.parse', value: middle(name, share) }, show: us, ...goal,
  });
  return {
    rows: [
      compare('notification emitted → line of the change readable, p50', 0.5, 'change floor', { atMost: 1.2 }),
      compare('the same, p90', 0.9, 'change floor', {}),
    ],
  };
}

function untilRest(changedAt) {
  if (changedAt === undefined) return 0;
  const since = performance.now() - changedAt;
  const [from] = AT_REST.find(([, to]) => since < to);
  return Math.max(0, from - since);
}
