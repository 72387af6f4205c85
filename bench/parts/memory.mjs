import { setTimeout as sleep } from 'node:timers/promises';
import { BEFORE, connect, NO_SLOWER } from '../lib/contenders.mjs';
import { alternate, median } from '../lib/stats.mjs';
import { mb, row, us } from '../lib/table.mjs';

/** As many as ten per second for an hour, sent within seconds. */
const EVENTS = 36_000;
const PER_SECOND = 6_000;
const PORTIONS = 3;
/** After being ready, what was only needed until then may be let go. */
const IDLE_MS = 3_000;

/** The memory of a connected client to which nothing is sent; of `ws` as a program has it that imports the package. */
async function idle(bench) {
  const resident = (name) => async () => {
    const { program } = await connect(bench, name);
    await sleep(IDLE_MS);
    const bytes = program.residentBytes();
    await program.stop();
    return bytes;
  };
  const results = await alternate(bench.runs, {
    ours: resident('graph-watch'), floor: resident('bare ws'), ...(bench.before === undefined ? {} : { before: resident('before') }),
  });
  const what = 'resident memory of an idle `watch me`';
  const ours = median(results.ours);
  return [
    row({ what, ours, peer: { name: 'bare ws', value: median(results.floor) }, show: mb, atMost: 1.1 }),
    ...(bench.before === undefined ? [] : [row({ what, ours, peer: { name: BEFORE, value: median(results.before) }, show: mb, ...NO_SLOWER })]),
  ];
}

/** All at the same time, from the same server, at the same pace. */
export async function measure(bench) {
  const names = ['graph-watch', 'snippet', ...(bench.before === undefined ? [] : ['before'])];
  const results = await alternate(bench.runs, {
    hour: async () => {
      const connected = await Promise.all(names.map((name) => connect(bench, name)));
      const cpuBefore = connected.map(({ program }) => program.cpuMs());
      const resident = [];
      for (let portion = 0; portion < PORTIONS; portion++) {
        const read = connected.map(({ program }) => program.lines(EVENTS / PORTIONS));
        await bench.server.do('paced', { tokens: connected.map(({ token }) => token), count: EVENTS / PORTIONS, perSecond: PER_SECOND });
        await Promise.all(read);
        resident.push(connected.map(({ program }) => program.residentBytes()));
      }
      const cpu = connected.map(({ program }, index) => ((program.cpuMs() - cpuBefore[index]) * 1000) / EVENTS);
      await Promise.all(connected.map(({ program }) => program.stop()));
      return { resident, cpu };
    },
  });
  const after = (portion, who) => median(results.hour.map(({ resident }) => resident[portion][who]));
  const cpu = (who) => median(results.hour.map((hour) => hour.cpu[who]));
  const before = (what, show, value) => (bench.before === undefined ? [] : [row({ what, ours: value(0), peer: { name: BEFORE, value: value(2) }, show, ...NO_SLOWER })]);
  return {
    rows: [
      ...await idle(bench),
      row({ what: 'CPU per notification, paced', ours: cpu(0), peer: { name: 'snippet', value: cpu(1) }, show: us, atMost: 1 }),
      row({
        what: `resident memory after ${EVENTS.toLocaleString('en')} events (an hour's worth)`,
        ours: after(PORTIONS - 1, 0), peer: { name: 'snippet', value: after(PORTIONS - 1, 1) }, show: mb, atMost: 1.15,
      }),
      row({
        what: 'flat: the same, compared with a third of it',
        ours: after(PORTIONS - 1, 0), peer: { name: 'graph-watch, a third', value: after(0, 0) }, show: mb, atMost: 1.05,
      }),
      ...before('CPU per notification, paced', us, cpu),
      ...before('resident memory after an hour\'s worth', mb, (who) => after(PORTIONS - 1, who)),
    ],
  };
}
