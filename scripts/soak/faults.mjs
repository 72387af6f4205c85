import { setTimeout as sleep } from 'node:timers/promises';

const SOCKET_IO = '/v1.0/me/drive/root/subscriptions/socketIo';

/** Every kind of fault: its name, how often it is picked, and what it does to the scene. */
export const FAULTS = [
  ['socket.io disconnect packet (41)', 6, ({ admin }) => admin().drop('disconnect')],
  ['TCP reset', 6, ({ admin }) => admin().drop('reset')],
  ['close 1000', 3, ({ admin }) => admin().drop(1000)],
  ['close 1001', 3, ({ admin }) => admin().drop(1001)],
  ['close 1011', 3, ({ admin }) => admin().drop(1011)],
  ['silence', 4, ({ admin }) => admin().drop('silent')],
  ['endpoint expired', 5, ({ admin }) => admin().expireEndpoints()],
  ['short lifetimes', 4, async ({ admin, random }) => {
    admin().setPace({ lifetimeMs: random.between(1_000, 4_000) });
    admin().expireEndpoints();
    await sleep(random.between(8_000, 15_000));
    admin().setPace({ lifetimeMs: random.between(4_000, 15_000) });
  }],
  ['Graph 429, Retry-After in seconds', 3, ({ admin, random }) => failNext(admin, random, { status: 429, retryAfter: String(random.between(1, 4)) })],
  ['Graph 503, Retry-After as a date', 3, ({ admin, random }) =>
    failNext(admin, random, { status: 503, retryAfter: new Date(Date.now() + random.between(1_000, 5_000)).toUTCString() })],
  ['Graph 500', 3, ({ admin, random }) => failNext(admin, random, { status: 500 })],
  ['Graph 400 notSupported', 2, ({ admin }) => {
    // Four in a row count as final.
    admin().clearFaults();
    admin().arm({ kind: 'answer', status: 400, code: 'notSupported' }, { count: 2, pathPrefix: SOCKET_IO });
    admin().drop('reset');
  }],
  ['Graph 401, a fresh token in the file', 3, ({ admin, random }) => {
    // A refused token and a refused fresh one are final: there must not be two in a row.
    admin().clearFaults();
    failNext(admin, random, { status: 401 }, 1);
  }],
  ['Graph cuts the connection', 3, ({ admin, random }) => meetNext(admin, random, { kind: 'reset' }, random.between(1, 3))],
  ['Graph responds late', 3, ({ admin, random }) => meetNext(admin, random, { kind: 'delay', delayMs: random.between(500, 4_000) }, 1)],
  ['Graph never responds', 1, ({ admin, random }) => meetNext(admin, random, { kind: 'hang' }, 1)],
  ['handshake refused', 5, ({ admin, random }) => {
    admin().refuseHandshakes(random.between(1, 3), random.pick([401, 403, 503]));
    if (random.between(0, 1) === 0) admin().drop('reset');
  }],
  ['socket.io connect error (44)', 4, ({ admin, random }) => {
    admin().refuseConnects(random.between(1, 3));
    if (random.between(0, 1) === 0) admin().drop('disconnect');
  }],
  ['watcher stopped (SIGSTOP)', 5, async ({ watcher, random }) => {
    watcher.freeze();
    await sleep(random.between(500, 12_000));
    watcher.thaw();
  }],
  ['reader stalls in a burst', 4, async ({ watcher, burst, random }) => {
    watcher.stallReader();
    await burst(random.between(2_000, 15_000));
    await sleep(random.between(1_000, 6_000));
    watcher.readOn();
  }],
  ['reader stalls in a burst, then a reset', 2, async ({ watcher, burst, admin, random }) => {
    watcher.stallReader();
    await burst(random.between(5_000, 15_000));
    admin().drop('reset');
    await sleep(random.between(500, 3_000));
    watcher.readOn();
  }],
  ['service restarted', 2, ({ restart, random }) => restart(random.between(500, 4_000))],
];

/** Makes Graph answer the next requests for an endpoint like this; half the time they come at once. */
function failNext(admin, random, answer, count = random.between(1, 3)) {
  meetNext(admin, random, { kind: 'answer', ...answer }, count);
}

function meetNext(admin, random, fault, count) {
  admin().arm(fault, { count, pathPrefix: SOCKET_IO });
  if (random.between(0, 1) === 0) admin().drop('reset');
}

/** A list that contains each fault as often as it is to be picked. */
export const FAULT_BAG = FAULTS.flatMap((fault) => Array.from({ length: fault[1] }, () => fault));
