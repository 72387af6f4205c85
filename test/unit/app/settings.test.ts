import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readSettings, type GlobalFlags } from '../../../src/app/settings.ts';

const NOWHERE = { GRAPH_WATCH_CONFIG_DIR: join(tmpdir(), `graph-watch-nowhere-${process.pid}`) };
const AUTHORITY = 'https://login.example:8443/common';

describe('the sign-in authority', () => {
  it('has the tenant that a flag names, even if the environment names an authority', async () => {
    const env = { ...NOWHERE, GRAPH_WATCH_AUTHORITY: AUTHORITY };
    expect((await readSettings({ tenant: 'contoso.com' }, env)).authority).toBe('https://login.example:8443/contoso.com');
    expect((await readSettings({}, env)).authority).toBe(AUTHORITY);
  });

  it('is the one from the environment, unchanged, even if the environment names a tenant too', async () => {
    expect((await readSettings({}, { ...NOWHERE, GRAPH_WATCH_AUTHORITY: AUTHORITY, GRAPH_WATCH_TENANT: 'contoso.com' })).authority).toBe(AUTHORITY);
  });

  it('is replaced by that of a cloud that a flag names', async () => {
    const { authority } = await readSettings({ cloud: 'usgov', tenant: 'contoso.com' }, { ...NOWHERE, GRAPH_WATCH_AUTHORITY: AUTHORITY });
    expect(authority).toBe('https://login.microsoftonline.us/contoso.com');
  });
});

describe('a setting', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'graph-watch-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const read = (flags: GlobalFlags, env: Record<string, string> = {}, stored?: Record<string, unknown>) => {
    if (stored !== undefined) writeFileSync(join(folder, 'config.json'), JSON.stringify(stored));
    return readSettings(flags, { GRAPH_WATCH_CONFIG_DIR: folder, ...env });
  };

  it('has a default', async () => {
    expect(await read({})).toEqual({
      cloud: 'global', tenant: 'common', clientId: '14d82eec-204b-4c2f-b7e8-296a70dab67e', account: undefined, output: undefined, quiet: false, debug: false,
      color: undefined, configFolder: folder, graphUrl: 'https://graph.microsoft.com', authority: 'https://login.microsoftonline.com/common',
      extraCaFile: undefined, token: undefined, tokenFile: undefined, tokenCommand: undefined, auth: 'user', appId: undefined, userAgent: 'NONISV|graph-watch',
    });
  });

  it.each([
    ['cloud', 'cloud', 'GRAPH_WATCH_CLOUD', 'cloud', ['usgov', 'china', 'usgov-dod']],
    ['clientId', 'clientId', 'GRAPH_WATCH_CLIENT_ID', 'client-id', ['a', 'b', 'c']],
    ['tenant', 'tenant', 'GRAPH_WATCH_TENANT', 'tenant', ['a.example', 'b.example', 'c.example']],
    ['account', 'account', 'GRAPH_WATCH_ACCOUNT', 'account', ['a@example.com', 'b@example.com', 'c@example.com']],
    ['userAgent', 'userAgent', 'GRAPH_WATCH_USER_AGENT', 'user-agent', ['ISV|A', 'NONISV|B & C', 'NONISV|contoso.com']],
  ] as const)('%s comes from the flag, then the environment, then the configuration', async (setting, flag, variable, key, [byFlag, byEnv, byConfig]) => {
    const stored = { [key]: byConfig };
    expect((await read({ [flag]: byFlag }, { [variable]: byEnv }, stored))[setting]).toBe(byFlag);
    expect((await read({}, { [variable]: byEnv }, stored))[setting]).toBe(byEnv);
    expect((await read({}, { [variable]: ' ' }, stored))[setting]).toBe(byConfig);
  });

  it.each([
    ['output', 'GRAPH_WATCH_OUTPUT', 'output', ['pretty', 'ndjson']],
    ['graphUrl', 'GRAPH_WATCH_GRAPH_URL', 'graph-url', ['https://one.example', 'https://two.example']],
    ['authority', 'GRAPH_WATCH_AUTHORITY', 'authority', ['https://one.example/common', 'https://two.example/common']],
    ['tokenFile', 'GRAPH_WATCH_TOKEN_FILE', 'token-file', ['/one', '/two']],
  ] as const)('%s comes from the environment, then the configuration', async (setting, variable, key, [byEnv, byConfig]) => {
    expect((await read({}, { [variable]: byEnv }, { [key]: byConfig }))[setting]).toBe(byEnv);
    expect((await read({}, {}, { [key]: byConfig }))[setting]).toBe(byConfig);
  });

  it.each([
    'Contoso', 'NONISV', 'NONISV|', 'nonisv|Contoso', 'ISV|Contoso|Other', 'ISV|Contoso\r\nauthorization: Bearer x', 'ISV|Contoso\n', 'ISV|Größe', 'ISV| Contoso', 'ISV|Contoso ',
    'ISV|a/b', 'ISV|\u0000', `ISV|${'a'.repeat(65)}`, 'ISV|(x)', 'ISV|\u001b[31m',
  ])('refuses %j as user agent, wherever it comes from', async (value) => {
    const refused = { category: 'usage', message: expect.stringContaining('is not a valid user-agent: it must be like NONISV|Contoso') };
    await expect(read({ userAgent: value })).rejects.toMatchObject(refused);
    if (value === value.trim()) await expect(read({}, { GRAPH_WATCH_USER_AGENT: value })).rejects.toMatchObject(refused);
    // A variable set from a file often ends with a line break.
    else expect((await read({}, { GRAPH_WATCH_USER_AGENT: value })).userAgent).toBe(value.trim());
    await expect(read({}, {}, { 'user-agent': value })).rejects.toMatchObject({ category: 'usage', message: expect.stringContaining('user-agent must be like') });
  });

  it('takes its addresses from the cloud', async () => {
    expect(await read({ cloud: 'china', tenant: 'contoso.cn' })).toMatchObject({ graphUrl: 'https://microsoftgraph.chinacloudapi.cn', authority: 'https://login.chinacloudapi.cn/contoso.cn' });
    expect(await read({ cloud: 'emulator' })).toMatchObject({ graphUrl: 'https://localhost:8443', extraCaFile: join(folder, 'emulator', 'ca', 'ca.pem') });
  });

  it('for a custom address is overridden only by a cloud from a stronger source', async () => {
    const stored = { 'graph-url': 'https://own.example' };
    expect((await read({ cloud: 'usgov' }, {}, stored)).graphUrl).toBe('https://graph.microsoft.us');
    expect((await read({}, { GRAPH_WATCH_CLOUD: 'usgov' }, stored)).graphUrl).toBe('https://graph.microsoft.us');
    expect((await read({}, { GRAPH_WATCH_CLOUD: 'usgov', GRAPH_WATCH_GRAPH_URL: 'https://other.example/' })).graphUrl).toBe('https://other.example');
    expect((await read({}, {}, { ...stored, cloud: 'usgov' })).graphUrl).toBe('https://own.example');
  });

  it('is refused if it is not valid, and its source is named', async () => {
    for (const env of [
      { GRAPH_WATCH_CLOUD: 'moon' }, { GRAPH_WATCH_TENANT: '../x' }, { GRAPH_WATCH_CLIENT_ID: 'a b' }, { GRAPH_WATCH_OUTPUT: 'xml' },
      { GRAPH_WATCH_GRAPH_URL: 'http://graph.example' }, { GRAPH_WATCH_GRAPH_URL: 'graph.example' }, { GRAPH_WATCH_GRAPH_URL: 'https://user@graph.example' },
      { GRAPH_WATCH_AUTHORITY: 'http://login.example/common' },
    ]) await expect(read({}, env)).rejects.toMatchObject({ category: 'usage' });
    await expect(read({}, {}, { cloud: 'moon' })).rejects.toMatchObject({ category: 'usage', message: expect.stringContaining(join(folder, 'config.json')) });
    await expect(read({}, {}, { tenant: 5 })).rejects.toMatchObject({ category: 'usage' });
  });

  it('may be plain http on this machine', async () => {
    for (const url of ['http://localhost:1', 'http://127.0.0.1:1', 'http://[::1]:1']) expect((await read({}, { GRAPH_WATCH_GRAPH_URL: url })).graphUrl).toBe(url);
  });

  it('is trimmed if it is a token, and unset if it is empty', async () => {
    expect((await read({}, { GRAPH_WATCH_TOKEN: ' abc\n' })).token).toBe('abc');
    expect((await read({}, { GRAPH_WATCH_TOKEN: ' \n' })).token).toBeUndefined();
  });

  it('may be json for ndjson, as with the flag', async () => {
    expect((await read({}, { GRAPH_WATCH_OUTPUT: 'json' })).output).toBe('ndjson');
  });

  it('comes from the Azure SDK\'s variables only for an app; the tool\'s own take precedence', async () => {
    const azure = { AZURE_TENANT_ID: 'contoso.example', AZURE_CLIENT_ID: 'azure-app' };
    expect(await read({}, azure)).toMatchObject({ auth: 'user', tenant: 'common', appId: undefined });
    expect(await read({ auth: 'app' }, azure)).toMatchObject({ auth: 'app', tenant: 'contoso.example', appId: 'azure-app', authority: 'https://login.microsoftonline.com/contoso.example' });
    expect(await read({}, { ...azure, GRAPH_WATCH_AUTH: 'managed-identity' })).toMatchObject({ auth: 'managed-identity', appId: 'azure-app' });
    expect(await read({ auth: 'app', clientId: 'own-app', tenant: 'own.example' }, azure)).toMatchObject({ tenant: 'own.example', appId: 'own-app' });
    await expect(read({}, { GRAPH_WATCH_AUTH: 'magic' })).rejects.toMatchObject({ category: 'usage' });
  });

  it.each<[GlobalFlags, Record<string, string>, boolean | undefined]>([
    [{}, {}, undefined], [{ color: true }, {}, undefined], [{ color: false }, { FORCE_COLOR: '1' }, false], [{}, { NO_COLOR: '1' }, false], [{}, { NO_COLOR: '' }, undefined],
    [{}, { NO_COLOR: '1', FORCE_COLOR: '1' }, false], [{}, { FORCE_COLOR: '1' }, true], [{}, { FORCE_COLOR: '' }, true], [{}, { FORCE_COLOR: '0' }, false],
    [{}, { FORCE_COLOR: 'false' }, false], [{}, { TERM: 'dumb' }, false], [{}, { TERM: 'dumb', FORCE_COLOR: '3' }, true],
  ])('for color with %j and %j is %p', async (flags, env, color) => {
    expect((await read(flags, env)).color).toBe(color);
  });
});
