import { createServer, connect } from 'node:net';

/**
 * A TCP proxy that adds this round-trip time to loopback: data arrives half of it later, and the handshake, which the
 * kernel completes at once here, takes a whole one. It counts round trips: one for the handshake, and one for each
 * time that the client had to wait for data before it continued.
 */
export async function slowLink(targetPort, roundTripMs, name) {
  let connections = [];
  const server = createServer({ noDelay: true }, (near) => {
    const record = { name, roundTrips: 1 };
    connections.push(record);
    const openAt = performance.now() + roundTripMs;
    const far = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    let heard = true;
    carry(near, far, () => Math.max(openAt, performance.now()) + roundTripMs / 2, () => {
      if (heard) record.roundTrips += 1;
      heard = false;
    });
    carry(far, near, () => performance.now() + roundTripMs / 2, () => { heard = true; });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    port: server.address().port,
    /** The connections since the last call. */
    takeRecords() {
      const taken = connections;
      connections = [];
      return taken;
    },
  };
}

function carry(from, to, arrival, onData) {
  from.on('data', (chunk) => {
    onData();
    at(arrival(), () => { to.write(chunk); });
  });
  from.on('end', () => { at(arrival(), () => { to.end(); }); });
  from.on('error', () => { to.destroy(); });
}

function at(time, action) {
  setTimeout(action, Math.max(0, time - performance.now()));
}
