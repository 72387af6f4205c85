import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loginWithDeviceCode } from '../../../src/auth/sign-in.ts';
import { runStatus, type Status } from '../../../src/commands/status.ts';
import { AUTHORITY, CLIENT_ID, SECRETS, TENANT_ID, tokens } from '../auth/support.ts';
import { commandScene, type CommandScene } from './command-scene.ts';

let s: CommandScene;
beforeEach(() => {
  s = commandScene();
});
afterEach(() => {
  s.clean();
});

const login = async (user: string) => {
  s.service.script(tokens({ user }));
  await loginWithDeviceCode(s.context(), { onPrompt: () => undefined });
};
/** A file that holds a token. */
function tokenFile(): string {
  const path = join(mkdtempSync(join(tmpdir(), 'graph-watch-status-')), 'token');
  writeFileSync(path, 'opaque-token-in-a-file');
  return path;
}
const answer = () => JSON.parse(s.stdout()) as Status;

describe('status', () => {
  it('answers JSON if stdout is not a terminal, without the network', async () => {
    await login('ada');
    const requests = s.service.requests.length;
    await runStatus(s.command(), {});
    expect(answer()).toEqual({
      signedIn: true, credential: 'sign-in', expiresAt: null, cloud: 'global', authority: AUTHORITY, graphUrl: 'https://graph.microsoft.com', clientId: CLIENT_ID,
      scopes: ['Files.Read'], storage: 'keyring', configFolder: s.folder,
      accounts: [{
        username: 'ada@example.com', homeAccountId: `uid-ada.${TENANT_ID}`, tenantId: TENANT_ID, cloud: 'global', authority: AUTHORITY,
        clientId: CLIENT_ID, scopes: ['Files.Read'], signedInAt: '2026-01-01T00:00:05.000Z', active: true,
      }],
    });
    expect(s.stdout().endsWith('}\n')).toBe(true);
    expect(s.service.requests).toHaveLength(requests);
  });

  it('says that nobody is signed in if the token file is missing', async () => {
    const settings = { tokenFile: join(s.folder, 'nowhere') };
    await expect(runStatus(s.command({ settings }), {})).rejects.toMatchObject({ category: 'auth', hint: 'Check GRAPH_WATCH_TOKEN_FILE.' });
    expect(answer()).toMatchObject({ signedIn: false, credential: 'token-file' });
  });

  it('lists every account, the latest first, and shows which one is used', async () => {
    await login('ada');
    await login('bob');
    await runStatus(s.command({ settings: { account: 'ada@example.com' } }), {});
    expect(answer().accounts.map(({ username, active }) => [username, active])).toEqual([['bob@example.com', false], ['ada@example.com', true]]);
  });

  it('is text on a terminal, or JSON with --json', async () => {
    await login('ada');
    await login('bob');
    await runStatus(s.command({ tty: true }), {});
    expect(s.stdout()).toBe([
      `Signed in      bob@example.com (tenant ${TENANT_ID})`, 'Cloud          global', 'Graph          https://graph.microsoft.com', `Authority      ${AUTHORITY}`,
      `Client id      ${CLIENT_ID}`, 'Scopes         Files.Read', 'Other account  ada@example.com (global)', `Stored in      ${s.folder}, encrypted; key in the keyring`, '',
    ].join('\n'));
    const before = s.stdout().length;
    await runStatus(s.command({ tty: true }), { json: true });
    expect(JSON.parse(s.stdout().slice(before))).toMatchObject({ signedIn: true });
  });

  it('shows on a terminal that nobody is signed in', async () => {
    await expect(runStatus(s.command({ tty: true }), {})).rejects.toMatchObject({ category: 'auth' });
    expect(s.stdout()).toContain('Signed in  nobody\n');
    expect(s.stdout()).toContain(`Stored in  ${s.folder}\n`);
  });

  it('fails with an auth error after its output if nobody is signed in', async () => {
    await expect(runStatus(s.command(), {})).rejects.toMatchObject({ category: 'auth', code: 'notSignedIn' });
    expect(answer()).toMatchObject({ signedIn: false, accounts: [], storage: null, scopes: ['Files.Read'] });
  });

  it('fails with an auth error if the named account is not signed in', async () => {
    await login('ada');
    await expect(runStatus(s.command({ settings: { account: 'eve' } }), {})).rejects.toMatchObject({ category: 'auth' });
    expect(answer()).toMatchObject({ signedIn: false, accounts: [{ active: false }] });
  });

  it.each([
    [{ token: 'opaque-token-1' }, 'token', 'a token from GRAPH_WATCH_TOKEN'],
    [{ tokenFile: tokenFile() }, 'token-file', 'a token from the file in GRAPH_WATCH_TOKEN_FILE'],
  ] as const)('shows where a token comes from, and never prints it', async (settings, credential, text) => {
    await runStatus(s.command({ settings }), {});
    expect(answer()).toMatchObject({ signedIn: true, credential, accounts: [] });
    await runStatus(s.command({ settings, tty: true }), {});
    expect(s.stdout()).toContain(text);
    expect(s.stdout() + s.stderr()).not.toContain('opaque-token-1');
  });

  it('reports that a damaged store was set aside, and that nobody is signed in', async () => {
    await login('ada');
    writeFileSync(join(s.folder, 'sign-ins'), 'garbage');
    await expect(runStatus(s.command(), {})).rejects.toMatchObject({ code: 'notSignedIn' });
    expect(s.stderr()).toContain('was set aside');
  });

  it('prints its output and then fails if the keyring is unreachable', async () => {
    await login('ada');
    s.vault.broken = true;
    await expect(runStatus(s.command(), {})).rejects.toMatchObject({ code: 'keyUnreachable' });
    expect(answer()).toMatchObject({ signedIn: false, storage: 'keyring' });
  });

  it('prints no secret', async () => {
    await login('ada');
    await runStatus(s.command({ settings: { debug: true } }), {});
    expect(s.stdout() + s.stderr()).not.toContain(SECRETS.access(1));
  });
});
