import { BEFORE, connect, NO_LESS, NO_SLOWER } from '../lib/contenders.mjs';
import { alternate, median } from '../lib/stats.mjs';
import { perSecond, row, us } from '../lib/table.mjs';

export async function measure(bench) {
  const { burst } = bench.server;
  await bench.server.do('prepare');
  const once = (name) => async () => {
    const { program, token } = await connect(bench, name);
    const cpuBefore = program.cpuMs();
    const all = program.lines(burst);
    const started = performance.now();
    void bench.server.do('burst', { token });
    const taken = (await all) - started;
    const cpu = program.cpuMs() - cpuBefore;
    await program.stop();
    return { throughput: burst / (taken / 1000), cpuMicros: (cpu * 1000) / burst };
  };
  const results = await alternate(bench.runs, {
    ours: once('graph-watch'), snippet: once('snippet'), floor: once('bare ws'), ...(bench.before === undefined ? {} : { before: once('before') }),
  });
  const middle = (name, which) => median(results[name].map((result) => result[which]));
  const compare = (what, which, [contender, name], show, goal) =>
    row({ what, ours: middle('ours', which), peer: { name, value: middle(contender, which) }, show, ...goal });
  const snippet = ['snippet', 'snippet'];
  const floor = ['floor', 'bare ws'];
  const before = ['before', BEFORE];
  const what = `burst of ${burst.toLocaleString('en')} to a pipe`;
  return {
    rows: [
      compare(what, 'throughput', snippet, perSecond, { atLeast: 1 }),
      compare(`${what}: share of the floor`, 'throughput', floor, perSecond, {}),
      compare('CPU per notification of the burst', 'cpuMicros', snippet, us, { atMost: 1 }),
      compare('the same, compared with the floor', 'cpuMicros', floor, us, { atMost: 1.3 }),
      ...(bench.before === undefined ? [] : [compare(what, 'throughput', before, perSecond, NO_LESS), compare('CPU per notification of the burst', 'cpuMicros', before, us, NO_SLOWER)]),
    ],
  };
}
