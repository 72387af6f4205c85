import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loginWithDeviceCode } from '../../../src/auth/sign-in.ts';
import { acquireSilently } from '../../../src/auth/silent.ts';
import { runLogout } from '../../../src/commands/logout.ts';
import { SECRETS, tokens } from '../auth/support.ts';
import { commandScene, type CommandScene } from './command-scene.ts';

let s: CommandScene;
beforeEach(() => {
  s = commandScene();
});
afterEach(() => {
  s.clean();
});

const login = async (user: string, n: number) => {
  s.service.script(tokens({ user, n }));
  await loginWithDeviceCode(s.context(), { onPrompt: () => undefined });
};
const files = () => (existsSync(s.folder) ? readdirSync(s.folder).sort() : []);

describe('logout', () => {
  it('removes the account, and leaves nothing on the disk if it was the last', async () => {
    await login('ada', 1);
    writeFileSync(join(s.folder, 'sign-ins.corrupt-2025'), SECRETS.refresh(9));
    await runLogout(s.command(), {});
    expect(s.stderr()).toBe('Signed out ada@example.com.\n');
    expect(s.stdout()).toBe('');
    expect(files()).toEqual([]);
    expect(s.vault.secret).toBeUndefined();
    expect(s.service.requests.length).toBe(3);
  });

  it('removes the account that signed in last, and says which one is next', async () => {
    await login('ada', 1);
    await login('bob', 2);
    await runLogout(s.command(), {});
    expect(s.stderr()).toBe('Signed out bob@example.com.\nNow using ada@example.com.\n');
    expect(await acquireSilently(s.context())).toBe(SECRETS.access(1));
    let left = '';
    await s.store().exclusively(({ content }) => {
      left = JSON.stringify(content);
      return Promise.resolve();
    });
    expect(left).toContain(SECRETS.refresh(1));
    expect(left).not.toContain(SECRETS.refresh(2));
  });

  it('removes the named account', async () => {
    await login('ada', 1);
    await login('bob', 2);
    await runLogout(s.command({ settings: { account: 'ada@example.com' } }), {});
    expect((await s.store().list()).signIns.map(({ username }) => username)).toEqual(['bob@example.com']);
  });

  it('is an auth error if the named account is not signed in, and removes nobody', async () => {
    await login('ada', 1);
    await expect(runLogout(s.command({ settings: { account: 'eve' } }), {})).rejects.toMatchObject({ category: 'auth', message: 'eve is not signed in; signed in: ada@example.com.' });
    expect((await s.store().list()).signIns).toHaveLength(1);
  });

  it('is an auth error if nobody is signed in, and creates nothing', async () => {
    await expect(runLogout(s.command(), {})).rejects.toMatchObject({ category: 'auth', code: 'notSignedIn' });
    expect(existsSync(s.folder)).toBe(false);
  });

  it('removes what was set aside even if nobody is signed in', async () => {
    await login('ada', 1);
    writeFileSync(join(s.folder, 'sign-ins'), 'garbage');
    await expect(runLogout(s.command(), {})).rejects.toMatchObject({ category: 'auth' });
    expect(files()).toEqual([]);
  });

  it('is an error if the keyring is unreachable, removes nobody, and suggests --all', async () => {
    await login('ada', 1);
    s.vault.broken = true;
    await expect(runLogout(s.command(), {})).rejects.toMatchObject({ code: 'keyUnreachable', hint: expect.stringContaining('logout --all') as unknown });
    s.vault.broken = false;
    expect((await s.store().list()).signIns).toHaveLength(1);
  });

  it('with --all removes everything, even what cannot be read', async () => {
    await login('ada', 1);
    await login('bob', 2);
    writeFileSync(join(s.folder, 'sign-ins'), 'garbage');
    writeFileSync(join(s.folder, 'config.json'), '{}');
    await runLogout(s.command(), { all: true });
    expect(s.stderr()).toBe('Signed out of all accounts.\n');
    expect(files()).toEqual(['config.json']);
    expect(readFileSync(join(s.folder, 'config.json'), 'utf8')).toBe('{}');
  });

  it('with --all succeeds if nobody is signed in', async () => {
    await runLogout(s.command(), { all: true });
    expect(s.stderr()).toBe('You were not signed in.\n');
  });
});
