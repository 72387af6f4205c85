import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readConfig, SETTING_KEYS } from '../../../src/app/stored-settings.ts';
import { runConfig } from '../../../src/commands/config.ts';
import { staticImports } from '../auth/bundle.ts';
import { commandScene, type CommandScene } from './command-scene.ts';

let s: CommandScene;
beforeEach(() => {
  s = commandScene();
});
afterEach(() => {
  s.clean();
});
const path = () => join(s.folder, 'config.json');
const write = (text: string | Uint8Array) => {
  mkdirSync(s.folder, { recursive: true });
  writeFileSync(path(), text);
};

describe('config', () => {
  it('stores, prints and forgets a setting', async () => {
    await runConfig(s.command(), 'set', 'cloud', 'usgov');
    expect(readConfig(s.folder)).toEqual({ cloud: 'usgov' });
    await runConfig(s.command(), 'get', 'cloud');
    expect(s.stdout()).toBe('usgov\n');
    await runConfig(s.command(), 'unset', 'cloud');
    expect(readConfig(s.folder)).toEqual({});
    expect(s.stderr()).toBe('Set cloud to usgov.\nRemoved cloud.\n');
  });

  it('prints nothing on stdout for a setting that is not set', async () => {
    await runConfig(s.command(), 'get', 'tenant');
    await runConfig(s.command(), 'unset', 'tenant');
    expect(s.stdout()).toBe('');
    expect(s.stderr()).toBe('(not set)\ntenant was not set.\n');
    expect(existsSync(s.folder)).toBe(false);
  });

  it('lists as JSON, or as lines on a terminal', async () => {
    await runConfig(s.command(), 'set', 'tenant', 'contoso.onmicrosoft.com');
    await runConfig(s.command(), 'set', 'output', 'ndjson');
    await runConfig(s.command(), 'list');
    expect(s.stdout()).toBe('{"tenant":"contoso.onmicrosoft.com","output":"ndjson"}\n');
    await runConfig(s.command({ tty: true }), 'list');
    expect(s.stdout()).toContain('tenant=contoso.onmicrosoft.com\noutput=ndjson\n');
  });

  it('lists the keys if nothing is set', async () => {
    await runConfig(s.command({ tty: true }), 'list');
    expect(s.stdout()).toBe('');
    expect(s.stderr()).toContain('client-id, tenant, cloud');
  });

  it('prints its path', async () => {
    await runConfig(s.command(), 'path');
    expect(s.stdout()).toBe(`${path()}\n`);
  });

  it('says if the environment overrides it', async () => {
    await runConfig(s.command({ env: { GRAPH_WATCH_CLOUD: 'china' } }), 'set', 'cloud', 'usgov');
    expect(s.stderr()).toContain('GRAPH_WATCH_CLOUD is set in the environment and overrides it.');
  });

  it.each([
    ['client-id', '14d82eec-204b-4c2f-b7e8-296a70dab67e'], ['tenant', 'common'], ['cloud', 'emulator'], ['account', 'ada@example.com'], ['output', 'pretty'],
    ['graph-url', 'https://localhost:8443'], ['graph-url', 'http://127.0.0.1:8080'], ['authority', 'https://login.example/tenant'], ['token-file', '/run/secrets/token'],
  ])('accepts %s %s', async (key, value) => {
    await runConfig(s.command(), 'set', key, value);
    expect(readConfig(s.folder)).toEqual({ [key]: value });
  });

  it.each([
    ['client-id', '../x'], ['client-id', ''], ['tenant', 'a/b'], ['tenant', '..'], ['cloud', 'moon'], ['account', ' '], ['output', 'xml'],
    ['graph-url', 'graph'], ['graph-url', 'http://graph.example'], ['graph-url', 'https://user@graph.example'], ['authority', 'https://login.example/x?y=1'], ['token-file', ''],
  ])('refuses %s "%s"', async (key, value) => {
    await expect(runConfig(s.command(), 'set', key, value)).rejects.toMatchObject({ category: 'usage' });
    expect(existsSync(s.folder)).toBe(false);
  });

  it.each(['token', 'access-token', 'client-secret', 'password'])('stores no %s, and says where to put it', async (key) => {
    await expect(runConfig(s.command(), 'set', key, 'SECRET-VALUE')).rejects.toMatchObject({
      category: 'usage', message: expect.not.stringContaining('SECRET-VALUE') as unknown, hint: expect.stringContaining('GRAPH_WATCH_TOKEN') as unknown,
    });
  });

  it('refuses an unknown setting, and a missing one', async () => {
    await expect(runConfig(s.command(), 'get', 'colour')).rejects.toMatchObject({ category: 'usage', hint: expect.stringContaining('client-id') as unknown });
    await expect(runConfig(s.command(), 'get')).rejects.toMatchObject({ category: 'usage' });
    await expect(runConfig(s.command(), 'set', 'cloud')).rejects.toMatchObject({ category: 'usage' });
  });

  it('keeps unknown settings, and leaves no temporary file', async () => {
    write('{"cloud":"usgov","from-the-future":"1"}');
    await runConfig(s.command(), 'set', 'tenant', 'common');
    expect(JSON.parse(readFileSync(path(), 'utf8'))).toEqual({ cloud: 'usgov', tenant: 'common', 'from-the-future': '1' });
    expect(readdirSync(s.folder)).toEqual(['config.json']);
  });

  (process.platform === 'win32' ? it.skip : it)('is for its owner\'s eyes alone', async () => {
    await runConfig(s.command(), 'set', 'cloud', 'usgov');
    chmodSync(path(), 0o644);
    await runConfig(s.command(), 'set', 'cloud', 'china');
    expect([s.folder, path()].map((file) => (statSync(file).mode & 0o777).toString(8))).toEqual(['700', '600']);
  });
});

describe('reading the configuration', () => {
  it('returns nothing if there is none', () => {
    expect(readConfig(s.folder)).toEqual({});
  });

  it.each(['', '{', '[]', 'null', '"text"'])('refuses %j, and names the file', (text) => {
    write(text);
    expect(() => readConfig(s.folder)).toThrow(expect.objectContaining({ category: 'usage', message: `The configuration is damaged: ${path()}` }));
  });

  it.each([
    ['UTF-8', Buffer.from('\ufeff{"cloud":"usgov"}')], ['UTF-16', Buffer.from('\ufeff{"cloud":"usgov"}', 'utf16le')],
  ])('understands %s with a byte order mark, and can add to it', async (_encoding, bytes) => {
    write(bytes);
    expect(readConfig(s.folder)).toEqual({ cloud: 'usgov' });
    await runConfig(s.command(), 'set', 'tenant', 'contoso.com');
    expect(JSON.parse(readFileSync(path(), 'utf8'))).toEqual({ cloud: 'usgov', tenant: 'contoso.com' });
  });

  it.each(['{"cloud":"moon"}', '{"tenant":5}', '{"graph-url":"http://graph.example"}'])('refuses %s, and names the file', (text) => {
    write(text);
    expect(() => readConfig(s.folder)).toThrow(expect.objectContaining({ category: 'usage', message: expect.stringContaining(path()) as unknown }));
  });

  it('refuses a folder in place of the file', () => {
    mkdirSync(path(), { recursive: true });
    expect(() => readConfig(s.folder)).toThrow(expect.objectContaining({ category: 'usage' }));
  });

  it('says what to do if a setting cannot be stored', async () => {
    mkdirSync(join(s.folder, '..'), { recursive: true });
    writeFileSync(s.folder, 'a file');
    await expect(runConfig(s.command(), 'set', 'tenant', 'contoso')).rejects.toMatchObject({ category: 'usage', hint: expect.stringContaining('GRAPH_WATCH_CONFIG_DIR') as unknown });
  });

  it('refuses a URL with a password, even without a user', async () => {
    await expect(runConfig(s.command(), 'set', 'graph-url', 'https://:secret@graph.example')).rejects.toMatchObject({ category: 'usage' });
  });

  it('loads no library', async () => {
    const imports = await staticImports('src/app/stored-settings.ts');
    expect(imports.filter((imported) => !imported.startsWith('src/') && !imported.startsWith('node:'))).toEqual([]);
  });

  it('has a variable for each setting', () => {
    expect(SETTING_KEYS.map(({ env }) => env)).toEqual(SETTING_KEYS.map(({ key }) => `GRAPH_WATCH_${key.toUpperCase().replaceAll('-', '_')}`));
  });
});
