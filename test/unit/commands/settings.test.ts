import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readSettings } from '../../../src/commands/settings.ts';

const NOWHERE = { GRAPH_WATCH_CONFIG_DIR: join(tmpdir(), `graph-watch-nowhere-${process.pid}`) };
const AUTHORITY = 'https://login.example:8443/common';

describe('the sign-in authority', () => {
  it('has the tenant that a flag names, also where the environment names an authority', async () => {
    const env = { ...NOWHERE, GRAPH_WATCH_AUTHORITY: AUTHORITY };
    expect((await readSettings({ tenant: 'contoso.com' }, env)).authority).toBe('https://login.example:8443/contoso.com');
    expect((await readSettings({}, env)).authority).toBe(AUTHORITY);
  });

  it('is the environment\'s as it is, with a tenant in the environment beside it', async () => {
    expect((await readSettings({}, { ...NOWHERE, GRAPH_WATCH_AUTHORITY: AUTHORITY, GRAPH_WATCH_TENANT: 'contoso.com' })).authority).toBe(AUTHORITY);
  });

  it('gives way to a cloud that a flag names', async () => {
    const { authority } = await readSettings({ cloud: 'usgov', tenant: 'contoso.com' }, { ...NOWHERE, GRAPH_WATCH_AUTHORITY: AUTHORITY });
    expect(authority).toBe('https://login.microsoftonline.us/contoso.com');
  });
});
