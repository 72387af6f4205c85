import { beforeEach, afterEach, describe, expect, it, jest } from '@jest/globals';
import * as files from 'node:fs/promises';
import { join } from 'node:path';

const failing = (code: string): NodeJS.ErrnoException => Object.assign(new Error(`${code}: no more of it`), { code });

/** The error code with which each function fails. */
const refused: { lock?: string | undefined; readFile?: string | undefined } = {};
const { lock } = (await import('proper-lockfile')).default;
jest.unstable_mockModule('proper-lockfile', () => ({
  default: {
    lock: (...args: Parameters<typeof lock>) => (refused.lock === undefined ? lock(...args) : Promise.reject(failing(refused.lock))),
  },
}));
jest.unstable_mockModule('node:fs/promises', () => ({
  ...files,
  open: (...args: Parameters<typeof files.open>) => (refused.readFile === undefined ? files.open(...args) : Promise.reject(failing(refused.readFile))),
  readFile: (...args: Parameters<typeof files.readFile>) => (refused.readFile === undefined ? files.readFile(...args) : Promise.reject(failing(refused.readFile))),
}));
const { loginWithDeviceCode } = await import('../../../../src/auth/sign-in.ts');
const { createTokenSource } = await import('../../../../src/auth/tokens.ts');
const { scene, SECRETS, tokens } = await import('../support.ts');

let s: ReturnType<typeof scene>;
beforeEach(async () => {
  s = scene();
  refused.lock = refused.readFile = undefined;
  await loginWithDeviceCode(s.context(), { onPrompt: () => undefined });
  s.service.script(tokens({ n: 2 }));
});
afterEach(() => {
  s.clean();
});

const source = (more: object = {}) => createTokenSource({ ...s.context(), configFolder: s.folder, vault: s.vault, warn: (line) => s.said.push(line), ...more });

describe('a token refresh', () => {
  it.each(['ENOSPC', 'EDQUOT', 'EROFS'])('goes ahead without the lock if the disk has no room for it: %s', async (code) => {
    refused.lock = code;
    expect(await source().get({ forceRefresh: true })).toBe(SECRETS.access(2));
  });

  it.each(['EMFILE', 'ENFILE'])('can be retried after too many open files: %s', async (code) => {
    const made = source();
    refused.lock = code;
    await expect(made.get({ forceRefresh: true })).rejects.toMatchObject({ category: 'network', code, hint: undefined });
    refused.lock = undefined;
    expect(await made.get({ forceRefresh: true })).toBe(SECRETS.access(2));
  });
});

describe('too many open files', () => {
  it('are distinguished from a file that cannot be read', async () => {
    await files.writeFile(join(s.folder, 'token'), SECRETS.access(1));
    refused.readFile = 'EMFILE';
    await expect(source().get()).rejects.toMatchObject({ category: 'network', code: 'EMFILE', hint: undefined });
    await expect(source({ tokenFile: join(s.folder, 'token') }).get()).rejects.toMatchObject({ category: 'network', hint: undefined });
    refused.readFile = 'EACCES';
    await expect(source().get()).rejects.toMatchObject({ category: 'auth', code: 'EACCES' });
    await expect(source({ tokenFile: join(s.folder, 'token') }).get()).rejects.toMatchObject({ category: 'auth' });
  });

  it('are distinguished from a keyring that cannot be reached', async () => {
    s.vault.get = () => Promise.reject(failing('EMFILE'));
    await expect(source().get()).rejects.toMatchObject({ category: 'network', code: 'EMFILE' });
    s.vault.get = () => Promise.reject(failing('ENOENT'));
    await expect(source().get()).rejects.toMatchObject({ category: 'auth', code: 'keyUnreachable' });
  });
});
