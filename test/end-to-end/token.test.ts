import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { emulatorFilePath } from '../../src/app/emulator-file.ts';
import { main } from '../../src/main.ts';
import { fakeSurroundings, type FakeSurroundings } from '../support/fake-surroundings.ts';
import { runEmulator, type RunningEmulator } from '../unit/emulator/support/running-emulator.ts';

const APP = '7a1c9d20-5b3e-4f68-9a0d-2c4e6f8a1b3d';
let running: RunningEmulator;
let place: string;
let env: Record<string, string>;

beforeEach(async () => {
  running = await runEmulator({ autoApprove: true, applications: [{ clientId: APP, roles: ['Files.Read.All'], secret: 'right-and-proper-secret' }] });
  place = mkdtempSync(join(tmpdir(), 'graph-watch-token-'));
  const { graphUrl, authority, caFile } = running.emulator;
  const config = join(place, 'config');
  mkdirSync(dirname(emulatorFilePath(config)), { recursive: true });
  writeFileSync(emulatorFilePath(config), JSON.stringify({ graphUrl, login: authority.replace(/\/[^/]*$/, ''), caFile }));
  env = { GRAPH_WATCH_CONFIG_DIR: config, GRAPH_WATCH_CLOUD: 'emulator', PATH: process.env.PATH ?? '' };
});
afterEach(async () => {
  await running.close();
  rmSync(place, { recursive: true, force: true });
});

async function run(args: readonly string[], more: Record<string, string> = {}): Promise<{ code: number; s: FakeSurroundings }> {
  const s = fakeSurroundings({ env: { ...env, ...more } });
  return { code: await main(args, s), s };
}

/** Graph's answer to the printed token. */
async function statusOf(printed: string, path: string): Promise<number> {
  return (await running.send(path, { headers: { authorization: `Bearer ${printed.trim()}` } })).status;
}

describe('graph-watch token', () => {
  it('prints one line that Graph accepts, for an app that signs in as itself', async () => {
    const { code, s } = await run(['token', '--auth', 'app', '--debug'], { AZURE_TENANT_ID: 'example.com', AZURE_CLIENT_ID: APP, AZURE_CLIENT_SECRET: 'right-and-proper-secret' });
    expect(code).toBe(0);
    expect(s.stdout.lines).toHaveLength(1);
    expect(await statusOf(s.stdout.text, `/v1.0/drives/${running.emulator.drive.id}`)).toBe(200);
    expect(s.stderr.text).not.toContain(s.stdout.text.trim());
  });

  it('prints the token of a signed-in user, and does not repeat it on stderr', async () => {
    expect((await run(['login'])).code).toBe(0);
    const { code, s } = await run(['token', '--debug']);
    expect(code).toBe(0);
    expect(await statusOf(s.stdout.text, '/v1.0/me/drive')).toBe(200);
    expect(s.stderr.text).not.toContain(s.stdout.text.trim());
  });

  it('prints the token from GRAPH_WATCH_TOKEN, its file or its command', async () => {
    const file = join(place, 'token.txt');
    writeFileSync(file, 'from-a-file\n');
    for (const [more, wanted] of [
      [{ GRAPH_WATCH_TOKEN: '"opaque-token-1"' }, 'opaque-token-1'], [{ GRAPH_WATCH_TOKEN_FILE: file }, 'from-a-file'], [{ GRAPH_WATCH_TOKEN_COMMAND: 'echo from-a-command' }, 'from-a-command'],
    ] as const) {
      const { code, s } = await run(['token'], more);
      expect([code, s.stdout.text, s.stderr.text]).toEqual([0, `${wanted}\n`, '']);
    }
  });

  it.each([
    ['nobody is signed in', [], {}, 'You are not signed in'], ['the file is empty', [], { GRAPH_WATCH_TOKEN_FILE: '/dev/null' }, '/dev/null is empty'],
    ['the secret is wrong', ['--auth', 'app'], { AZURE_TENANT_ID: 'example.com', AZURE_CLIENT_ID: APP, AZURE_CLIENT_SECRET: 'wrong' }, '7000215'],
  ] as const)('prints nothing and exits with 3 if %s', async (_where, args, more, message) => {
    const { code, s } = await run(['token', ...args], more);
    expect([code, s.stdout.text]).toEqual([3, '']);
    expect(s.stderr.text).toContain(message);
  });
});
