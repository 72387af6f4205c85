// Watches many drives of the emulator with several real processes that share them (--cluster), throws random faults at the
// processes, at the network between them and NATS, and at NATS, and accounts for every numbered change of every drive.
//
//   npm run soak:fleet -- [--minutes 10] [--seed n] [--members 3] [--drives 300] [--lease 10] [--rate 20] [--keep]
//
// --only <words>: only faults whose name contains this. With --alone there is no cluster: each member has its share of the drives for good, and positions of its own (--resume).
// Ends with a Markdown table, and with exit code 1 if anything was lost, reordered, stored twice, owned twice, or leaked.
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { copyTool, startService } from './soak/service.mjs';
import { seededRandom } from './soak/random.mjs';
import { prepareStreams, readHistory } from './soak-fleet/streams.mjs';
import { FAULT_BAG } from './soak-fleet/faults.mjs';
import { Fleet } from './soak-fleet/fleet.mjs';
import { judgeStream, storedChange } from './soak-fleet/judge.mjs';
import { NatsServer } from './soak-fleet/nats.mjs';
import { judgeOwners } from './soak-fleet/owners.mjs';
import { proveJudges } from './soak-fleet/prove.mjs';
import { fleetTable } from './soak-fleet/table.mjs';
import { Writer } from './soak-fleet/writer.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' }, seed: { type: 'string' }, members: { type: 'string', default: '3' }, drives: { type: 'string', default: '300' },
    lease: { type: 'string', default: '10' }, rate: { type: 'string', default: '20' }, alone: { type: 'boolean', default: false }, only: { type: 'string', default: '' }, keep: { type: 'boolean', default: false },
  },
});
const [minutes, members, drives, leaseSeconds, rate] = ['minutes', 'members', 'drives', 'lease', 'rate'].map((name) => Number(values[name]));
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
if (![minutes, members, drives, leaseSeconds, rate].every((value) => value > 0) || !Number.isInteger(seed)) {
  console.error('usage: soak-fleet.mjs [--minutes <n>] [--seed <n>] [--members <n>] [--drives <n>] [--lease <seconds>] [--rate <changes per second>] [--alone] [--keep]');
  process.exit(2);
}
proveJudges();
const lease = leaseSeconds * 1_000;
/** How long everything may take to start, and at the end to arrive. */
const START_WITHIN_MS = 600_000;
const ARRIVE_WITHIN_MS = 600_000;
const random = seededRandom(seed);
const say = (text) => { console.error(`${new Date().toISOString()} ${text}`); };

const place = mkdtempSync(join(tmpdir(), 'graph-watch-soak-fleet-'));
say(`seed ${seed}, ${minutes} minutes, ${members} members, ${drives} drives, working in ${place}`);
const note = (line) => { appendFileSync(join(place, 'history.log'), `${new Date().toISOString()} ${line}\n`); };
const tokenFile = join(place, 'token');
const service = await startService({
  place, tokenFile,
  options: { drives, ownContent: true, pingIntervalMs: 10_000, pingTimeoutMs: 10_000, lifetimeMs: 3_600_000, tokenLifetimeMs: 86_400_000 },
});
const nats = new NatsServer(place);
await nats.start();
await prepareStreams(nats);

const ids = service.emulator.extraDrives;
const targets = join(place, 'targets');
writeFileSync(targets, ids.map((id, index) => `drive ${id} as drive-${index + 1}\n`).join(''));
let fleet;
const counts = { leaks: 0, changes: 0, ready: new Set(), notRecords: 0 };
// However this ends, no process stays behind.
process.once('exit', () => {
  nats.end();
  for (const member of fleet?.members ?? []) member.end();
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
const lookForSecrets = (line) => {
  if (/w1-[0-9a-f]{8}-/.test(line) || [...service.secrets].some((secret) => line.includes(secret))) counts.leaks += 1;
};
fleet = new Fleet({
  nats, random,
  argsOf: (port, name) => argsOf(port, name),
  member: {
    place, binary: copyTool(place),
    env: { GRAPH_WATCH_TOKEN_FILE: tokenFile, GRAPH_WATCH_GRAPH_URL: service.graphUrl, NODE_EXTRA_CA_CERTS: service.caFile },
    onStderr: ({ name }, line) => {
      lookForSecrets(line);
      if (/^\(node:\d+\) |failed unexpectedly/.test(line)) fleet.unexpected.push(`${name}: ${line}`);
    },
    onLine: (member, line) => {
      lookForSecrets(line);
      let record;
      try {
        record = JSON.parse(line);
      } catch {
        // A member that was killed leaves half a line.
        counts.notRecords += 1;
        return;
      }
      if (record.type === 'change') counts.changes += 1;
      else note(`${member.name} ${line}`);
      if (record.type === 'ready') counts.ready.add(record.target);
    },
  },
});

function argsOf(port, name) {
  const shared = ['--changes', '--nats', `nats://127.0.0.1:${port}`, '--nats-prefix', `fleet.${name}`, '--budget', '1000000', '--json', '--lifecycle', ...(values.keep ? ['--debug'] : [])];
  if (!values.alone) return ['watch', 'many', targets, '--cluster', 'soak', '--member', name, '--lease', `${leaseSeconds}s`, ...shared];
  const share = join(place, `targets-${name}`);
  const lines = readFileSync(targets, 'utf8').trim().split('\n');
  writeFileSync(share, lines.filter((_line, index) => index % members === Number(name.slice(1)) - 1).join('\n'));
  return ['watch', 'many', share, '--resume', ...shared];
}

/** Resolves with whether it became true in time. */
async function within(ms, isTrue) {
  const until = Date.now() + ms;
  while (Date.now() < until) {
    if (await isTrue()) return true;
    await sleep(1_000);
  }
  return false;
}

for (let index = 0; index < members; index += 1) await fleet.add();
const started = Date.now();
if (!await within(START_WITHIN_MS, () => counts.ready.size === drives)) {
  console.error(`Only ${counts.ready.size} of ${drives} drives were ready in time; what happened is in ${place}`);
  process.exit(1);
}
say(`all ${drives} drives are ready after ${((Date.now() - started) / 1_000).toFixed(1)} s`);

const writer = new Writer({
  drives: ids, graphUrl: service.graphUrl, ca: readFileSync(service.caFile), perSecond: rate, random: seededRandom(seed + 1),
  token: service.emulator.admin.issueToken({ scopes: ['Files.ReadWrite'] }),
});
writer.start();

const thrown = [];
const running = new Set();
let isNatsBusy = false;
const scene = { fleet, nats, random, lease };
const throwOne = async ([name, , fits, happen]) => {
  const candidates = fleet.members.filter((member) => !member.isBusy && fits?.(member, scene));
  if (fits === undefined ? name.startsWith('nats') && isNatsBusy : candidates.length === 0) return;
  const member = fits === undefined ? undefined : random.pick(candidates);
  if (member !== undefined) member.isBusy = true;
  if (member === undefined) isNatsBusy = true;
  const fault = { name, member: member?.name, from: Date.now(), to: undefined };
  thrown.push(fault);
  note(`fault: ${name} ${member?.name ?? ''}`);
  await happen({ ...scene, member });
  fault.to = Date.now();
  note(`over: ${name} ${member?.name ?? ''}`);
  if (member !== undefined) member.isBusy = false;
  if (member === undefined) isNatsBusy = false;
};
const bag = FAULT_BAG.filter(([name]) => name.includes(values.only) && !(values.alone && name.startsWith('member ')));
const deadline = Date.now() + minutes * 60_000;
let reportAt = Date.now() + 60_000;
while (Date.now() < deadline) {
  const fault = throwOne(random.pick(bag)).finally(() => running.delete(fault));
  running.add(fault);
  // Usually one at a time; sometimes the next one comes while it happens.
  if (random.between(1, 4) > 1) await fault;
  await sleep(random.between(200, Math.round(1.5 * lease)));
  if (Date.now() > reportAt) {
    reportAt += 60_000;
    say(`${thrown.length} faults, ${writer.total} changes, ${fleet.up.length} members`);
  }
}
await Promise.all(running);

// Nothing is broken any longer: whatever is still missing after a while is lost.
fleet.heal();
await writer.stop();
say('all faults are over; waiting for what is still on its way');
let stored = [];
const complete = await within(ARRIVE_WITHIN_MS, async () => {
  if (await nats.count('fleet') < writer.total) return false;
  stored = (await nats.read('fleet')).map(storedChange).filter((change) => change !== undefined);
  return judgeStream(writer.sent, stored).lost.length === 0;
});
// Gives duplicates time to be published.
await sleep(3_000);
const elapsedMs = Date.now() - started;
const memory = fleet.up.map((member) => member.memory());
await Promise.all(fleet.up.map((member) => fleet.stop(member)));
stored = (await nats.read('fleet')).map(storedChange).filter((change) => change !== undefined);
const history = values.alone ? [] : await readHistory(nats);
await nats.stop('SIGTERM');
fleet.close();
await service.stop();

const result = judgeStream(writer.sent, stored);
const owners = judgeOwners({ history, stored, thrown, lease, members: fleet.members });
console.log(fleetTable({ seed, drives, members, lease, thrown, writer, stored, result, owners, counts, memory, fleet, elapsedMs, alone: values.alone }));
for (const [what, list] of Object.entries({ lost: result.lost, 'stored twice': result.duplicates, 'out of order': result.reordered, 'not written by the soak': result.strange, ...owners.violations })) {
  for (const entry of list.slice(0, 10)) console.log(`${what}: ${JSON.stringify(entry)}`);
}
for (const line of fleet.unexpected) console.log(line);
const good = complete && [result.lost, result.duplicates, result.reordered, result.strange, fleet.unexpected, ...Object.values(owners.violations)].every((list) => list.length === 0) && counts.leaks === 0;
if (good && !values.keep) rmSync(place, { recursive: true, force: true });
else console.log(`\nAgain: npm run soak:fleet -- --seed ${seed} --minutes ${minutes} --members ${members} --drives ${drives} --lease ${leaseSeconds} --rate ${rate}\nWhat happened is in ${place}`);
process.exitCode = good ? 0 : 1;
