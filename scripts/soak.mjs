// Watches the emulator for a given time and throws random faults at it while numbered notifications are sent: each
// must arrive, or fall into a gap that the watch has reported.
//
//   npm run soak -- --minutes 30 [--seed 1234] [--keep]
//
// Ends with a Markdown table, and with exit code 1 if anything was lost without a gap.
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Account } from './soak/account.mjs';
import { FAULT_BAG, FAULTS } from './soak/faults.mjs';
import { seededRandom } from './soak/random.mjs';
import { copyTool, startService } from './soak/service.mjs';
import { soakTable } from './soak/table.mjs';
import { Watcher } from './soak/watcher.mjs';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '5' }, seed: { type: 'string' }, keep: { type: 'boolean', default: false } } });
const minutes = Number(values.minutes);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
if (!(minutes > 0) || !Number.isInteger(seed)) {
  console.error('usage: soak.mjs [--minutes <n>] [--seed <n>] [--keep]');
  process.exit(2);
}
const random = seededRandom(seed);
// Sending has its own random numbers; otherwise the faults would depend on how long each took.
const pace = seededRandom(seed + 1);
const say = (text) => console.error(`${new Date().toISOString()} ${text}`);

const place = mkdtempSync(join(tmpdir(), 'graph-watch-soak-'));
say(`seed ${seed}, ${minutes} minutes, working in ${place}`);
const tokenFile = join(place, 'token');
const service = await startService({ place, tokenFile });
const account = new Account();
const thrown = new Map(FAULTS.map(([name]) => [name, 0]));
// What happened, in order: shows why, if something was lost.
const note = (line) => { appendFileSync(join(place, 'history.log'), `${new Date().toISOString()} ${line}\n`); };
let leaks = 0;
const lookForSecrets = (line) => {
  if (/w1-[0-9a-f]{8}-/.test(line) || [...service.secrets].some((secret) => line.includes(secret))) leaks += 1;
};
let firstReady;
const ready = new Promise((resolve) => (firstReady = resolve));
const watcher = new Watcher({
  binary: copyTool(place),
  stderrFile: join(place, 'stderr.log'),
  env: {
    GRAPH_WATCH_TOKEN_FILE: tokenFile,
    GRAPH_WATCH_GRAPH_URL: service.graphUrl,
    GRAPH_WATCH_CONFIG_DIR: join(place, 'config'),
    NODE_EXTRA_CA_CERTS: service.caFile,
  },
  onLine: (line) => {
    lookForSecrets(line);
    const record = account.line(line);
    if (record?.type === 'ready') firstReady();
    if (record?.type !== 'notification') note(line);
  },
  onStderr: lookForSecrets,
});
await Promise.race([ready, watcher.exit.then((exit) => { throw new Error(`the watch ended before it was ready: ${JSON.stringify(exit)}`); })]);

const started = Date.now();
const deadline = started + minutes * 60_000;
const memory = { start: watcher.memory(), end: 0, highest: 0 };
let sending = true;

const send = async () => {
  const number = account.number();
  // About as long as a real notification.
  const argument = JSON.stringify({ value: [{ number, resource: 'r'.repeat(300) }] });
  const sockets = (await service.emulator?.admin.notify({ argument })) ?? 0;
  if (sockets === 0) account.toNobody += 1;
  return number;
};
/** Resolves when the watch is connected, or after a minute. */
const connected = async () => {
  for (let tries = 0; tries < 1_200 && !watcher.over && service.emulator.admin.state().sockets === 0; tries += 1) await sleep(50);
};
const burst = async (count) => {
  // Without a connection nobody would get the burst.
  await connected();
  for (let sent = 0; sent < count; sent += 1) {
    await send();
    if (sent % 500 === 0) await sleep(1);
  }
};
const steady = (async () => {
  while (sending) {
    await send();
    await sleep(pace.between(2, 40));
  }
})();
const restart = async (downMs) => {
  await service.stop();
  await sleep(downMs);
  // A request between the start and the fresh token would be refused permanently.
  watcher.freeze();
  await service.startAgain();
  watcher.thaw();
};

let reportAt = started + 60_000;
while (Date.now() < deadline && !watcher.over) {
  // Usually one at a time: otherwise they pile up while it waits, and few meet a connection. Occasionally they may.
  if (random.between(1, 5) > 1) await connected();
  const [name, , happen] = random.pick(FAULT_BAG);
  thrown.set(name, thrown.get(name) + 1);
  note(`fault: ${name}`);
  await happen({ admin: () => service.emulator.admin, watcher, random, burst, restart });
  await sleep(random.between(300, 7_000));
  if (Date.now() > reportAt && !watcher.over) {
    reportAt += 60_000;
    say(`${account.sent} sent, ${account.count('gap')} gaps, ${account.count('renewed')} renewals, ${watcher.memory()} MB`);
  }
}

// What is still under way gets time to arrive; faults that are still waiting are dropped.
sending = false;
await steady;
service.emulator.admin.clearFaults();
for (let tries = 0; tries < 120 && !watcher.over; tries += 1) {
  const last = await send();
  await sleep(1_000);
  if (account.has(last)) break;
}
const diedEarly = watcher.over;
if (!diedEarly) {
  memory.end = watcher.memory();
  memory.highest = watcher.memory('VmHWM');
  watcher.terminate();
}
const exit = await watcher.exit;
await service.stop();
const result = account.close();
console.log(soakTable({ seed, elapsedMs: Date.now() - started, thrown, result, account, memory, leaks }));
for (const { number, at } of result.lost.slice(0, 20)) console.log(`lost without a gap: ${number}, sent ${new Date(at).toISOString()}`);
const asTold = !diedEarly && exit.code === 143;
if (!asTold) console.log(`the watch ended on its own: ${JSON.stringify(exit)}`);
const good = asTold && result.lost.length === 0 && result.reordered === 0 && account.notRecords === 0 && leaks === 0;
if (good && !values.keep) rmSync(place, { recursive: true, force: true });
else console.log(`its history and what it wrote are in ${place}`);
process.exitCode = good ? 0 : 1;
