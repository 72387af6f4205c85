import { setTimeout as sleep } from 'node:timers/promises';
import { BEFORE, connect, NO_SLOWER } from '../lib/contenders.mjs';
import { alternate, median, percentile } from '../lib/stats.mjs';
import { row, us } from '../lib/table.mjs';

/** Each contender several times, each with a drive of its own: a drive is queried again a second after a change, and rests for another after that. */
const COPIES = 4;
const PERIOD_MS = 2_400;
const WARM_UP = 3;
const EVENTS = 10;

/** From the notification to the line of the change that it is for, one at a time, the contenders taking turns. */
export async function measure(bench) {
  const names = ['graph-watch, changes', 'change floor', ...(bench.before === undefined ? [] : ['before, changes'])];
  await bench.server.do('prepareDrive', { drive: 'me' });
  const { rounds } = await alternate(bench.runs, {
    rounds: async () => {
      const connected = [];
      for (let copy = 0; copy < COPIES; copy++) {
        for (const name of names) connected.push({ name, latencies: [], ...await connect(bench, name) });
      }
      for (let event = -WARM_UP; event < EVENTS; event++) {
        for (const { program, token, latencies } of connected) {
          const [micros] = await Promise.all([oneChange(bench, program, token), sleep(PERIOD_MS / connected.length)]);
          if (event >= 0) latencies.push(micros);
        }
      }
      await Promise.all(connected.map(({ program }) => program.stop()));
      return Object.fromEntries(names.map((name) => [name, connected.flatMap((each) => (each.name === name ? each.latencies : []))]));
    },
  });
  const middle = (name, share) => median(rounds.map((round) => percentile(round[name], share)));
  const compare = (what, share, name, goal) => row({
    what, ours: middle(names[0], share), peer: { name: name === 'before, changes' ? BEFORE : 'ws, undici, JSON.parse', value: middle(name, share) }, show: us, ...goal,
  });
  return {
    rows: [
      compare('notification emitted → line of the change readable, p50', 0.5, 'change floor', { atMost: 1.2 }),
      compare('the same, p90', 0.9, 'change floor', {}),
      ...(bench.before === undefined ? [] : [compare('the same, p50', 0.5, 'before, changes', NO_SLOWER)]),
    ],
  };
}

function oneChange(bench, program, token) {
  return new Promise((resolve) => {
    program.onChunk((chunk) => {
      const now = process.hrtime.bigint();
      const [, mark] = /mark:(\d+);/.exec(chunk.toString()) ?? [];
      if (mark !== undefined) resolve(Number(now - BigInt(mark)) / 1000);
    });
    void bench.server.do('change', { token });
  });
}
