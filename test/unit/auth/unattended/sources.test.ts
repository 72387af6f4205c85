import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { UnattendedOptions } from '../../../../src/auth/unattended/app.ts';
import { unattendedTokens } from '../../../../src/auth/unattended/sources.ts';
import { createRedactor } from '../../../../src/lib/redactor.ts';
import { AUTHORITY, CLIENT_ID, sleepLog, TENANT_ID } from '../support.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graph-watch-sources-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function options(env: UnattendedOptions['env']): UnattendedOptions {
  return {
    env, authority: AUTHORITY, graphUrl: 'https://graph.test', cloud: 'global', clientId: CLIENT_ID, tenant: TENANT_ID,
    clock: sleepLog(), redactor: createRedactor(), warn: () => undefined, send: () => Promise.reject(new Error('nothing is sent')),
  };
}

describe('an identity that could not be set up', () => {
  it('is set up again when the next token is needed', async () => {
    const given = options({});
    const { clientId } = given;
    given.clientId = undefined;
    const tokens = unattendedTokens('app', given);
    await expect(tokens.get()).rejects.toMatchObject({ category: 'usage', message: expect.stringContaining('needs the app\'s id') });
    given.clientId = clientId;
    await expect(tokens.get()).rejects.toMatchObject({ message: expect.stringContaining('needs a credential') });
  });

  it('reads its credential again when the next token is needed', async () => {
    const file = join(folder, 'client.pem');
    const tokens = unattendedTokens('app', options({ AZURE_CLIENT_CERTIFICATE_PATH: file }));
    await expect(tokens.get()).rejects.toMatchObject({ category: 'auth', message: expect.stringContaining('cannot be read') });
    writeFileSync(file, 'not a key');
    await expect(tokens.get()).rejects.toMatchObject({ message: expect.stringContaining('has no private key') });
  });
});
