import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { emulatorFilePath } from '../../src/app/emulator-file.ts';
import { main } from '../../src/main.ts';
import { clientCertificate } from '../support/certificate.ts';
import { fakeSurroundings, type FakeSurroundings } from '../support/fake-surroundings.ts';
import { runEmulator, type RunningEmulator } from '../unit/emulator/support/running-emulator.ts';

const APP = '7a1c9d20-5b3e-4f68-9a0d-2c4e6f8a1b3d';
const SECRET = 'right-and-proper-secret';

let running: RunningEmulator;
let place: string;
let env: Record<string, string>;

async function start(application: Record<string, unknown>): Promise<void> {
  running = await runEmulator({ applications: [{ clientId: APP, roles: ['Files.Read.All'], ...application }] });
  place = mkdtempSync(join(tmpdir(), 'graph-watch-unattended-'));
  const { graphUrl, authority, caFile } = running.emulator;
  const config = join(place, 'config');
  mkdirSync(dirname(emulatorFilePath(config)), { recursive: true });
  writeFileSync(emulatorFilePath(config), JSON.stringify({ graphUrl, login: authority.replace(/\/[^/]*$/, ''), caFile }));
  env = { GRAPH_WATCH_CONFIG_DIR: config, GRAPH_WATCH_CLOUD: 'emulator', AZURE_TENANT_ID: 'example.com', AZURE_CLIENT_ID: APP, PATH: process.env.PATH ?? '' };
}

beforeEach(() => {
  env = {};
});
afterEach(async () => {
  await running.close();
  rmSync(place, { recursive: true, force: true });
});

async function run(args: readonly string[], more: Record<string, string> = {}): Promise<{ code: number; s: FakeSurroundings }> {
  const s = fakeSurroundings({ env: { ...env, ...more } });
  return { code: await main(args, s), s };
}

/** Watches until a change to a file is reported. */
async function watchOnce(more: Record<string, string>, auth = 'app'): Promise<{ code: number; s: FakeSurroundings }> {
  const s = fakeSurroundings({ env: { ...env, ...more } });
  const done = main(['--auth', auth, 'watch', 'drive', running.emulator.drive.id, '--changes', '--poll', '1s', '--only', 'files', '-n', '1', '-t', '20s', '--lifecycle'], s);
  await Promise.race([s.stdout.until('"type":"ready"'), done]);
  writeFileSync(join(running.folder, 'seen.txt'), 'by an app');
  return { code: await done, s };
}

describe('an app with nobody at the keyboard', () => {
  it('watches with a secret, which appears nowhere', async () => {
    await start({ secret: SECRET });
    const { code, s } = await watchOnce({ AZURE_CLIENT_SECRET: SECRET });
    expect(s.stderr.text).not.toContain('error');
    expect(code).toBe(0);
    expect(s.stdout.text).toContain('/seen.txt');
    const debugged = await run(['--auth', 'app', '--debug', 'cursor', 'drive', running.emulator.drive.id], { AZURE_CLIENT_SECRET: SECRET });
    expect(debugged.code).toBe(0);
    expect(debugged.s.stderr.text).toContain('/oauth2/v2.0/token: 200');
    // A cursor is base64 of JSON, which looks like a token but is not one.
    expect(debugged.s.stderr.text).not.toMatch(/right-and-proper|eyJ/);
    expect(debugged.s.stdout.text).not.toContain(SECRET);
  });

  it('polls by default, and says so once', async () => {
    await start({ secret: SECRET });
    const s = fakeSurroundings({ env: { ...env, AZURE_CLIENT_SECRET: SECRET }, random: () => 0 });
    const done = main(['--auth', 'app', 'watch', 'drive', running.emulator.drive.id, '--path', '/seen.txt', '-n', '1', '-t', '20s', '--lifecycle'], s);
    await Promise.race([s.stdout.until('"type":"ready"'), done]);
    writeFileSync(join(running.folder, 'seen.txt'), 'by an app');
    expect(await done).toBe(0);
    expect(s.stdout.lines.map((line) => JSON.parse(line) as { type: string; via?: string })).toMatchObject([{ type: 'ready', via: 'poll' }, { type: 'change', via: 'poll' }, { type: 'end' }]);
    expect(s.stderr.text.match(/there is no socket \(Microsoft lists no application permission for it\)/g)).toHaveLength(1);
    expect(running.emulator.admin.state().endpoints).toEqual([]);
  });

  it('has no notifications to print', async () => {
    await start({ secret: SECRET });
    const { code, s } = await run(['--auth', 'app', 'watch', 'drive', running.emulator.drive.id, '--notifications'], { AZURE_CLIENT_SECRET: SECRET });
    expect(code).toBe(2);
    expect(s.stderr.text).toContain('Remove --notifications');
  });

  it('signs in with a certificate', async () => {
    const { privateKey, cert } = await clientCertificate();
    await start({ certificate: cert });
    const file = join(place, 'client.pem');
    writeFileSync(file, `${privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()}${cert}`);
    const { code, s } = await run(['--auth', 'app', 'cursor', 'drive', running.emulator.drive.id], { AZURE_CLIENT_CERTIFICATE_PATH: file });
    expect(s.stderr.text).toBe('');
    expect(code).toBe(0);
    expect(s.stdout.text).toMatch(/^gw1\./);
  });

  it('gets an error that says what is wrong with its secret without containing it', async () => {
    await start({ secret: SECRET });
    const { code, s } = await run(['--auth', 'app', 'cursor', 'drive', running.emulator.drive.id], { AZURE_CLIENT_SECRET: 'wrong-secret-value' });
    expect(code).toBe(3);
    expect(s.stderr.text).toContain('AADSTS7000215');
    expect(s.stderr.text).toContain('not its id');
    expect(s.stderr.text).not.toContain('wrong-secret-value');
  });

  it.each<[string, string[], Record<string, string>, string]>([
    ['me', ['watch', 'me', '--changes'], { AZURE_CLIENT_SECRET: SECRET }, 'Specify the drive'],
    ['no credential', ['cursor', 'drive', 'b!a'], {}, 'AZURE_CLIENT_SECRET'],
    ['the tenant common', ['--tenant', 'common', 'cursor', 'drive', 'b!a'], { AZURE_CLIENT_SECRET: SECRET }, '--tenant <tenant id>'],
    ['no app', ['cursor', 'drive', 'b!a'], { AZURE_CLIENT_ID: '', AZURE_CLIENT_SECRET: SECRET }, 'AZURE_CLIENT_ID'],
  ])('is refused with %s before anything is sent', async (_what, args, more, hint) => {
    await start({ secret: SECRET });
    const { code, s } = await run(['--auth', 'app', ...args], more);
    expect(code).toBe(2);
    expect(s.stderr.text).toContain(hint);
  });

  it('is shown by status, with its token\'s expiry', async () => {
    await start({ secret: SECRET });
    const { code, s } = await run(['--auth', 'app', 'status'], { AZURE_CLIENT_SECRET: SECRET });
    expect(code).toBe(0);
    expect(JSON.parse(s.stdout.text)).toMatchObject({ signedIn: true, credential: 'app', clientId: APP, expiresAt: expect.stringMatching(/^\d{4}-.*Z$/) });
    expect(s.stdout.text).not.toContain(SECRET);
  });
});

describe('a token command', () => {
  it('provides the token, and is never visible to an action\'s command', async () => {
    await start({});
    const script = join(place, 'print-token');
    writeFileSync(script, `#!/bin/sh\necho '{"accessToken":"${running.emulator.admin.issueToken()}","expires_on":4102444800}'\n`);
    chmodSync(script, 0o700);
    const { code, s } = await run(['cursor', 'me'], { GRAPH_WATCH_TOKEN_COMMAND: script });
    expect(s.stderr.text).toBe('');
    expect(code).toBe(0);
    const status = await run(['status'], { GRAPH_WATCH_TOKEN_COMMAND: script });
    expect(JSON.parse(status.s.stdout.text)).toMatchObject({ credential: 'token-command', expiresAt: '2100-01-01T00:00:00.000Z' });
  });

  it('that fails is reported with its exit code', async () => {
    await start({});
    const { code, s } = await run(['cursor', 'me'], { GRAPH_WATCH_TOKEN_COMMAND: 'echo not-to-be-shown; exit 7' });
    expect(code).toBe(3);
    expect(s.stderr.text).toContain('GRAPH_WATCH_TOKEN_COMMAND returned no token: it failed with exit code 7');
    expect(s.stderr.text).not.toContain('not-to-be-shown');
  });
});
