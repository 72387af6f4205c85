import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mutated } from '../mutate.mjs';
import { damagedPositions } from '../positions.mjs';
import { shortRuns } from '../short-runs.mjs';
import { seededRandom } from '../../soak/random.mjs';

// Damaged files of the configuration folder, damaged token files, and damaged positions.

const TOKEN = 'EwB4A8l6BAAU9xKq2Vd7Ws0Rn5';
const chance = seededRandom(1);
const bytes = (length) => Buffer.from(Array.from({ length }, () => chance.between(0, 255)));
const FILES = {
  'config.json': '{"cloud":"usgov","tenant":"contoso.com","graph-url":"https://localhost:8443","output":"ndjson"}',
  'sign-ins': `graph-watch sign-ins 1\n${bytes(200).toString('latin1')}`,
  'sign-ins-key': bytes(32).toString('base64url'),
  'emulator/emulator.json': '{"graphUrl":"https://localhost:8443","login":"https://localhost:8443","caFile":"/nowhere/ca.pem","pid":1,"started":1}',
  token: TOKEN,
};
const COMMANDS = [['status'], ['status', '--json'], ['config', 'list'], ['config', 'set', 'tenant', 'a.example'], ['logout'], ['logout', '--all'], ['--cloud', 'emulator', 'status'], ['watch', 'me', '-t', '100ms']];

export async function run(part) {
  const positions = await damagedPositions();
  const rows = await shortRuns(part, (folder, { random }) => (random.between(0, 1) === 0 ? positions.prepare(folder, random) : settings(folder, random)));
  await positions.close();
  return rows;
}

function settings(folder, random) {
  const done = [];
  for (const [name, right] of Object.entries(FILES)) {
    if (random.between(0, 2) === 0) continue;
    const path = join(folder, 'config', name);
    mkdirSync(join(path, '..'), { recursive: true });
    const content = random.between(0, 2) === 0 ? right : mutated(right, random);
    done.push([name, content]);
    random.pick([
      () => { writeFileSync(path, Buffer.from(content, random.pick(['utf8', 'latin1', 'utf16le']))); }, () => { writeFileSync(path, `\ufeff${content}`); },
      () => { writeFileSync(path, content.repeat(random.between(1, 1_000))); }, () => { mkdirSync(path); }, () => { symlinkSync(path, path); },
      () => { writeFileSync(path, content); }, () => { writeFileSync(path, content); },
    ])();
  }
  const withToken = random.between(0, 3) === 0;
  return {
    args: random.pick(COMMANDS), secrets: [TOKEN], repeat: JSON.stringify(done),
    // A port where nobody listens.
    env: { GRAPH_WATCH_GRAPH_URL: 'http://127.0.0.1:1', DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere', ...(withToken ? { GRAPH_WATCH_TOKEN_FILE: join(folder, 'config', 'token') } : {}) },
  };
}
