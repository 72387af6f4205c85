import { BEFORE, connect, NO_SLOWER } from '../lib/contenders.mjs';
import { alternate, median } from '../lib/stats.mjs';
import { ms, row } from '../lib/table.mjs';

const STEPS = {
  Graph: ['TCP', 'TLS', 'the request for the endpoint'],
  'push host': ['TCP', 'TLS', 'WebSocket upgrade, with which the handshake `0{…}` comes', 'namespace `40/notifications,`'],
};

export async function measure(bench) {
  const rows = [];
  const lists = {};
  const runs = { ready: bench.runs * 2, slow: bench.runs };
  for (const [what, place, count] of [
    ['start to `ready`, token given', 'tls', runs.ready],
    ['the same without TLS', 'plain', runs.ready],
    [`start to \`ready\` with ${bench.server.roundTripMs} ms of round-trip time added`, 'slow', runs.slow],
  ]) {
    const once = (name) => async () => {
      const { program, readyMs } = await connect(bench, name, { place });
      // Taken before it is stopped: disconnecting does not count.
      if (place === 'slow') lists[name] = await bench.server.do('roundTrips');
      await program.stop();
      if (place === 'slow') await bench.server.do('roundTrips');
      return readyMs;
    };
    const times = await alternate(count, { ours: once('graph-watch'), snippet: once('snippet'), ...(bench.before === undefined ? {} : { before: once('before') }) });
    rows.push(row({ what, ours: median(times.ours), peer: { name: 'snippet', value: median(times.snippet) }, show: ms, atMost: 1 }));
    if (bench.before !== undefined) rows.push(row({ what, ours: median(times.ours), peer: { name: BEFORE, value: median(times.before) }, show: ms, ...NO_SLOWER }));
  }
  const total = (name) => lists[name].reduce((sum, { roundTrips }) => sum + roundTrips, 0);
  rows.push(row({
    what: 'round trips to `ready`', ours: total('graph-watch'), peer: { name: 'snippet', value: total('snippet') }, show: String, atMost: 1,
  }));
  return { rows, notes: [list(lists['graph-watch'], 'graph-watch'), list(lists.snippet, 'The snippet')] };
}

/** Each connection's round trips as the slow link counted them, and what they are for. */
function list(records, who) {
  const connections = records.map(({ name, roundTrips }) => {
    const steps = STEPS[name];
    const known = steps.length === roundTrips ? ` (${steps.join('; ')})` : '';
    return `${roundTrips} with the ${name}${known}`;
  });
  return `${who}'s round trips, as counted on the line: ${connections.join(', then ')}.`;
}
