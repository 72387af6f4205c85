import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { emulatorFilePath } from '../../src/app/emulator-file.ts';
import { main } from '../../src/main.ts';
import { fakeSurroundings } from '../support/fake-surroundings.ts';
import { impatientClock } from '../support/impatient-clock.ts';
import { runEmulator, type RunningEmulator } from '../unit/emulator/support/running-emulator.ts';

const APP = '7a1c9d20-5b3e-4f68-9a0d-2c4e6f8a1b3d';
const ISSUER = 'https://token.actions.githubusercontent.com';
const SUBJECT = 'repo:contoso/reports:ref:refs/heads/main';
const REQUEST_TOKEN = 'request-token-of-this-job';
/** The default budget, in resource units per minute. */
const BUDGET = 312;
/** Math.random is 0 here, so five seconds become a tenth less. */
const POLL_MS = 4_500;
const HOUR = 3_600_000;

let running: RunningEmulator;
let github: Server;
let place: string;
const assertions: string[] = [];

function assertion(): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: ISSUER, sub: SUBJECT, aud: 'api://AzureADTokenExchange', jti: String(assertions.length), iat, exp: iat + 600 };
  return [part({ alg: 'RS256', typ: 'JWT' }), part(claims), Buffer.from('signature').toString('base64url')].join('.');
}

beforeEach(async () => {
  running = await runEmulator({ applications: [{ clientId: APP, roles: ['Sites.Read.All'], federated: [{ issuer: ISSUER, subject: SUBJECT }] }], unitsPerMinute: BUDGET });
  place = mkdtempSync(join(tmpdir(), 'graph-watch-day-'));
  assertions.length = 0;
  github = createServer((request, response) => {
    const isKnown = request.headers.authorization === `Bearer ${REQUEST_TOKEN}`;
    if (isKnown) assertions.push(assertion());
    response.writeHead(isKnown ? 200 : 403).end(JSON.stringify(isKnown ? { value: assertions.at(-1) } : {}));
  }).listen(0, '127.0.0.1');
  await once(github, 'listening');
});
afterEach(async () => {
  github.close();
  await running.close();
  rmSync(place, { recursive: true, force: true });
});

it('a job with nothing but its OIDC token watches a library for a day of token expiries, finds every change within its budget, and logs no secret', async () => {
  const { graphUrl, authority, caFile, admin } = running.emulator;
  const config = join(place, 'config');
  mkdirSync(dirname(emulatorFilePath(config)), { recursive: true });
  writeFileSync(emulatorFilePath(config), JSON.stringify({ graphUrl, login: authority.replace(/\/[^/]*$/, ''), caFile }));
  const clock = impatientClock();
  const { port } = github.address() as AddressInfo;
  const s = fakeSurroundings({
    clock, random: () => 0,
    env: {
      GRAPH_WATCH_CONFIG_DIR: config, GRAPH_WATCH_CLOUD: 'emulator', GRAPH_WATCH_AUTH: 'app', AZURE_TENANT_ID: 'example.com', AZURE_CLIENT_ID: APP,
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${String(port)}/token?api-version=2.0`, ACTIONS_ID_TOKEN_REQUEST_TOKEN: REQUEST_TOKEN, PATH: process.env.PATH ?? '',
    },
  });
  const done = main(['watch', 'drive', running.emulator.list.drive?.id ?? '', '--only', 'files', '--lifecycle', '--debug', '-n', '24', '-t', '30h'], s);
  await Promise.race([s.stdout.until('"type":"ready"'), done]);
  for (let hour = 0; hour < 24; hour += 1) {
    writeFileSync(join(running.folder, `${hour}.txt`), String(hour));
    await admin.rescan();
    await clock.skip(POLL_MS);
    await Promise.race([s.stdout.until(`/${hour}.txt`), done]);
    // The token expires in the middle of things.
    clock.jump(HOUR);
    admin.revokeTokens({ access: true });
  }
  expect(await done).toBe(0);

  const records = s.stdout.lines.map((line) => JSON.parse(line) as { type: string; via?: string; item?: { path: string } });
  expect(records.filter(({ type }) => type === 'change').map(({ item, via }) => `${item?.path ?? ''} ${via ?? ''}`)).toEqual(Array.from({ length: 24 }, (_value, hour) => `/${hour}.txt poll`));
  expect(records.map(({ type }) => type).filter((type) => type !== 'change')).toEqual(['ready', 'end']);
  // A new assertion each time: the first one would be refused with AADSTS700024 after an hour.
  expect(assertions.length).toBeGreaterThanOrEqual(24);
  expect(new Set(assertions).size).toBe(assertions.length);
  // The emulator limits the app to the budget, and has refused nothing.
  expect(s.stderr.text).toContain('/oauth2/v2.0/token: 200');
  expect(s.stderr.text).not.toMatch(/ 429 | 503 |resource units per minute used up/);
  for (const text of [s.stderr.text, s.stdout.text]) {
    expect(text).not.toContain(REQUEST_TOKEN);
    expect(text).not.toMatch(/eyJ[\w-]{8}/);
    for (const secret of assertions) expect(text).not.toContain(secret.slice(0, 40));
  }
});
