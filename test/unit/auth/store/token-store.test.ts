import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SignInRecord } from '../../../../src/auth/accounts.ts';
import { mergeCaches, type MsalCache } from '../../../../src/auth/store/content.ts';
import { seal } from '../../../../src/auth/store/encryption.ts';
import { KEY_UNREACHABLE, TokenStore } from '../../../../src/auth/store/token-store.ts';
import { createRedactor } from '../../../../src/lib/redactor.ts';
import { realClock } from '../../../../src/surroundings.ts';
import { scene, type Scene } from '../support.ts';

let s: Scene;
beforeEach(() => {
  s = scene();
});
afterEach(() => {
  s.clean();
});

const record = (name: string): SignInRecord => ({
  homeAccountId: `id-${name}`, environment: 'login.test', username: `${name}@example.com`, tenantId: 'tenant', clientId: 'app',
  authority: 'https://login.test/common', cloud: 'global', scopes: ['Files.Read'], signedInAt: 1,
});
const cacheOf = (name: string): MsalCache => ({
  RefreshToken: { [name]: { home_account_id: `id-${name}`, environment: 'login.test', secret: `REFRESH-SECRET-${name}` } },
});
const save = (name: string) =>
  s.store().exclusively((stored) => {
    const { cache, signIns } = stored.content;
    return stored.write({ cache: mergeCaches(cache, cacheOf(name)), signIns: [...signIns, record(name)] });
  });
const names = async () => (await s.store().list()).signIns.map(({ homeAccountId }) => homeAccountId);
const files = () => readdirSync(s.folder).sort();
const path = (name: string) => join(s.folder, name);
const mode = (file: string) => (statSync(file).mode & 0o777).toString(8);
const onPosix = process.platform === 'win32' ? it.skip : it;

describe('a lock that was lost', () => {
  it('keeps a late writer from overwriting what another process has stored since', async () => {
    await save('ada');
    const written = await s.store().exclusively(async (stored) => {
      const mine = { cache: stored.content.cache, signIns: [...stored.content.signIns, record('late')] };
      // Another process considered this one dead, as after a long sleep of the machine.
      rmSync(path('sign-ins.lock'), { recursive: true });
      mkdirSync(path('sign-ins.lock'));
      utimesSync(path('sign-ins.lock'), new Date(0), new Date(0));
      while (await stored.write(mine)) await realClock.sleep(20);
      await save('bob');
      return stored.write(mine);
    });
    expect(written).toBe(false);
    expect(await names()).toContain('id-bob');
  });
});

describe('the stored sign-ins', () => {
  it('come back as they were stored', async () => {
    await save('ada');
    await save('bob');
    expect(await names()).toEqual(['id-ada', 'id-bob']);
    await s.store().exclusively(({ content }) => {
      expect(content.cache.RefreshToken?.ada?.secret).toBe('REFRESH-SECRET-ada');
      return Promise.resolve();
    });
  });

  it('are empty at first, and reading them creates nothing', async () => {
    expect(await s.store().list()).toEqual({ signIns: [], storage: undefined });
    expect(existsSync(s.folder)).toBe(false);
  });

  it('are encrypted on the disk', async () => {
    await save('ada');
    const raw = readFileSync(path('sign-ins'));
    for (const clear of ['REFRESH-SECRET', 'ada@example.com', 'RefreshToken']) expect(raw.includes(clear)).toBe(false);
  });

  onPosix('are readable only by their owner', async () => {
    s.vault.broken = true;
    await save('ada');
    expect([mode(s.folder), mode(path('sign-ins')), mode(path('sign-ins-key'))]).toEqual(['700', '600', '600']);
  });

  onPosix('keep the mode of a folder that already exists', async () => {
    mkdirSync(s.folder, { mode: 0o755, recursive: true });
    chmodSync(s.folder, 0o755);
    await save('ada');
    expect(mode(s.folder)).toBe('755');
  });

  it('leave no temporary file and no lock behind', async () => {
    await save('ada');
    expect(files()).toEqual(['sign-ins']);
  });

  it('register their secrets with the redactor', async () => {
    await save('ada');
    const redactor = createRedactor();
    const { folder: configFolder, clock, vault } = s;
    await new TokenStore({ configFolder, clock, vault, redactor, warn: () => undefined }).list();
    expect(redactor.redact('REFRESH-SECRET-ada')).not.toContain('ada');
  });
});

describe('the key', () => {
  it('is kept in the keyring, without a message', async () => {
    await save('ada');
    expect(s.vault.secret).toMatch(/^[\w-]{43}$/);
    expect((await s.store().list()).storage).toBe('keyring');
    expect(s.said).toEqual([]);
  });

  it('is kept in a file if there is no keyring, which is reported once', async () => {
    s.vault.broken = true;
    await save('ada');
    await save('bob');
    expect(await names()).toEqual(['id-ada', 'id-bob']);
    expect((await s.store().list()).storage).toBe('file');
    expect(s.said).toEqual([`No system keyring found; your sign-in's encryption key is stored in ${path('sign-ins-key')} (readable only by you).`]);
  });

  it('is kept in a file if the keyring forgets it', async () => {
    s.vault.set = () => Promise.resolve();
    await save('ada');
    expect((await s.store().list()).storage).toBe('file');
  });

  it('stays in its file when a keyring becomes available', async () => {
    s.vault.broken = true;
    await save('ada');
    s.vault.broken = false;
    await save('bob');
    expect(await names()).toEqual(['id-ada', 'id-bob']);
    expect(s.vault.secret).toBeUndefined();
  });

  it('in an unreachable keyring is an error that advises login, and the store stays untouched', async () => {
    await save('ada');
    s.vault.broken = true;
    await expect(s.store().list()).rejects.toMatchObject({ category: 'auth', code: KEY_UNREACHABLE, hint: expect.stringContaining('graph-watch login') as unknown });
    await expect(save('bob')).rejects.toMatchObject({ code: KEY_UNREACHABLE });
    s.vault.broken = false;
    expect(await names()).toEqual(['id-ada']);
  });

  it('in an unreachable keyring is replaced by a new sign-in; the old store is set aside', async () => {
    await save('ada');
    s.vault.broken = true;
    await s.store().exclusively((stored) => stored.write({ cache: cacheOf('bob'), signIns: [record('bob')] }), { replace: true });
    expect(await names()).toEqual(['id-bob']);
    expect(s.said[0]).toMatch(/^The stored sign-in was set aside as .*sign-ins\.corrupt-.*: its keyring cannot be reached\.$/);
  });

  it('missing from the keyring causes the store to be set aside', async () => {
    await save('ada');
    s.vault.secret = undefined;
    expect(await names()).toEqual([]);
    expect(s.said).toEqual([expect.stringMatching(/set aside as .*: its key is missing\.$/)]);
    await save('bob');
    expect(await names()).toEqual(['id-bob']);
  });

  it('is used again if only the store was removed', async () => {
    s.vault.broken = true;
    await save('ada');
    const key = readFileSync(path('sign-ins-key'), 'utf8');
    await s.store().exclusively(() => Promise.resolve());
    rmSync(path('sign-ins'));
    await save('bob');
    expect(readFileSync(path('sign-ins-key'), 'utf8')).toBe(key);
    expect(s.said).toHaveLength(1);
  });
});

describe('a store that cannot be read', () => {
  it.each([
    ['is garbage', (old: Buffer) => Buffer.from('garbage'.repeat(old.length))],
    ['is empty', () => Buffer.alloc(0)],
    ['is cut off', (old: Buffer) => old.subarray(0, old.length - 20)],
    ['has a flipped bit', (old: Buffer) => { const bytes = Buffer.from(old); bytes[40] = (bytes[40] ?? 0) ^ 1; return bytes; }],
    ['is plain JSON, as if somebody had edited it', () => Buffer.from('{"version":1,"cache":{},"signIns":[]}')],
  ])('because it %s is set aside, with one line, and a new sign-in works', async (_why, damage) => {
    await save('ada');
    writeFileSync(path('sign-ins'), damage(readFileSync(path('sign-ins'))));
    expect(await names()).toEqual([]);
    expect(s.said).toEqual([expect.stringMatching(/^The stored sign-in was set aside as .*: it is damaged\.$/)]);
    expect(files()).toEqual([expect.stringMatching(/^sign-ins\.corrupt-2026-01-01T/)]);
    await save('bob');
    expect(await names()).toEqual(['id-bob']);
  });

  it('because it was encrypted with another key is set aside', async () => {
    await save('ada');
    s.vault.secret = Buffer.alloc(32, 7).toString('base64url');
    expect(await names()).toEqual([]);
    expect(s.said).toHaveLength(1);
  });

  it.each([{ version: 2 }, { version: 1, cache: [], signIns: [] }, { version: 1, cache: {}, signIns: [{}] }])(
    'because its content is %j is set aside', async (content) => {
      await save('ada');
      writeFileSync(path('sign-ins'), seal(JSON.stringify(content), s.vault.secret ?? ''));
      expect(await names()).toEqual([]);
      expect(s.said).toHaveLength(1);
    });

  it('because a folder is in its place is an error, not a crash', async () => {
    await save('ada');
    rmSync(path('sign-ins'));
    mkdirSync(path('sign-ins'));
    await expect(s.store().list()).rejects.toMatchObject({ category: 'auth', code: 'EISDIR' });
  });
});

describe('forgetting', () => {
  it('leaves nothing on the disk or in the keyring', async () => {
    await save('ada');
    writeFileSync(path('sign-ins.corrupt-2025'), 'old tokens');
    writeFileSync(path('sign-ins.tmp-0123456789abcdef'), 'half a store');
    writeFileSync(path('sign-ins-key.abc'), 'half a key');
    writeFileSync(path('config.json'), '{}');
    await s.store().erase();
    expect(files()).toEqual(['config.json']);
    expect(s.vault.secret).toBeUndefined();
  });

  it('removes a key file without using the keyring', async () => {
    s.vault.broken = true;
    await save('ada');
    await s.store().erase();
    expect(files()).toEqual([]);
  });

  it('works without the key', async () => {
    await save('ada');
    s.vault.broken = true;
    await s.store().erase();
    expect(files()).toEqual([]);
  });

  it('of leftovers keeps the store', async () => {
    await save('ada');
    writeFileSync(path('sign-ins.corrupt-2025'), 'old tokens');
    await s.store().eraseLeftovers();
    expect(files()).toEqual(['sign-ins']);
    expect(await names()).toEqual(['id-ada']);
  });

  it('creates nothing if nothing was stored', async () => {
    await s.store().erase();
    await s.store().eraseLeftovers();
    expect(existsSync(s.folder)).toBe(false);
  });
});

describe('a folder that cannot be used', () => {
  it('because a file is in its place is an error with a hint', async () => {
    mkdirSync(join(s.folder, '..'), { recursive: true });
    writeFileSync(s.folder, '');
    await expect(save('ada')).rejects.toMatchObject({ category: 'auth', hint: expect.stringContaining('GRAPH_WATCH_CONFIG_DIR') as unknown });
  });

  describe('in which a file cannot be used', () => {
    // A folder in place of the file: refused even to root, unlike a mode.
    const inTheWay = (name: string): void => {
      rmSync(path(name), { force: true });
      mkdirSync(path(name));
      writeFileSync(join(path(name), 'file'), '');
    };

    it.each(['sign-ins', 'sign-ins-key'])('names it, with what to do, if it is %s', async (name) => {
      s.vault.broken = true;
      await save('ada');
      inTheWay(name);
      await expect(s.store().list()).rejects.toMatchObject({ category: 'auth', message: expect.stringContaining('cannot be read'), hint: expect.stringContaining(s.folder) });
      await expect(s.store().erase()).rejects.toMatchObject({ category: 'auth', message: expect.stringContaining('cannot be removed') });
    });
  });
});
