import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appCredential } from '../../../../src/auth/unattended/credential.ts';
import { createRedactor, type Redactor } from '../../../../src/lib/redactor.ts';
import type { HttpRequest, HttpResponse } from '../../../../src/net/send.ts';

const { signal } = new AbortController();
const JWT = 'aaaa.bbbb.cccc';
const GITHUB = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://token.actions.example/x?api-version=2', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token' };

let folder: string;
let redactor: Redactor;
let requests: HttpRequest[];
let answer: HttpResponse;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graph-watch-credential-'));
  redactor = createRedactor();
  requests = [];
  answer = { status: 200, headers: {}, body: JSON.stringify({ value: JWT }) };
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const credential = (env: Record<string, string>, cloud: 'global' | 'usgov' | 'china' = 'global') => appCredential({
  env, cloud, redactor,
  send: (request) => {
    requests.push(request);
    return Promise.resolve(answer);
  },
});

async function assertionOf(env: Record<string, string>, cloud?: 'global' | 'usgov' | 'china'): Promise<string> {
  const found = await credential(env, cloud);
  if (!('assertion' in found)) throw new Error(`it is ${found.kind}`);
  return found.assertion(signal);
}

describe('the credential of an app', () => {
  it('is the client secret if there is one, and is never shown', async () => {
    expect(await credential({ AZURE_CLIENT_SECRET: ' top-secret-value ', ...GITHUB })).toEqual({ kind: 'secret', secret: 'top-secret-value' });
    expect(redactor.redact('it is top-secret-value')).toBe('it is [redacted]');
  });

  it('is a federated token file, which is read again each time', async () => {
    const file = join(folder, 'token');
    writeFileSync(file, `${JWT}\n`);
    const found = await credential({ AZURE_FEDERATED_TOKEN_FILE: file });
    if (!('assertion' in found)) throw new Error('it has no assertion');
    expect(await found.assertion(signal)).toBe(JWT);
    writeFileSync(file, 'dddd.eeee.ffff');
    expect(await found.assertion(signal)).toBe('dddd.eeee.ffff');
    expect(redactor.redact('dddd.eeee.ffff')).toBe('[redacted]');
  });

  it('is GitHub Actions\' own token, requested each time with the audience of the cloud', async () => {
    expect(await assertionOf(GITHUB)).toBe(JWT);
    expect(await assertionOf(GITHUB, 'china')).toBe(JWT);
    expect(requests.map(({ url }) => new URL(url).searchParams.get('audience'))).toEqual(['api://AzureADTokenExchange', 'api://AzureADTokenExchangeChina']);
    expect(requests[0]?.url).toContain('api-version=2');
    expect(requests[0]?.headers?.authorization).toBe('Bearer request-token');
    expect(redactor.redact('request-token')).toBe('[redacted]');
  });

  it.each([
    [500, '{}', 'network'],
    [429, '{}', 'network'],
    [403, '{}', 'auth'],
    [200, '{"value":7}', 'auth'],
    [200, 'not JSON', 'auth'],
    [200, '{"value":"not a JWT"}', 'auth'],
  ])('from GitHub that answers %i %s is an error of category %s', async (status, body, category) => {
    answer = { status, headers: {}, body };
    await expect(assertionOf(GITHUB)).rejects.toMatchObject({ category });
  });

  it.each<[string, Record<string, string>, string]>([
    ['none', {}, 'needs a credential'],
    ['empty variables', { AZURE_CLIENT_SECRET: ' ', AZURE_FEDERATED_TOKEN_FILE: '' }, 'needs a credential'],
    ['half of GitHub\'s', { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://token.actions.example/' }, 'needs a credential'],
  ])('that is %s is wrong usage', async (_what, env, message) => {
    await expect(credential(env)).rejects.toMatchObject({ category: 'usage', message: expect.stringContaining(message) });
  });

  it.each(['AZURE_CLIENT_CERTIFICATE_PATH', 'AZURE_FEDERATED_TOKEN_FILE'])('in a missing file is an error that names %s', async (variable) => {
    const env = { [variable]: join(folder, 'none') };
    const asked = variable === 'AZURE_FEDERATED_TOKEN_FILE' ? assertionOf(env) : credential(env);
    await expect(asked).rejects.toMatchObject({ category: 'auth', message: expect.stringContaining(variable) });
  });

  it('in a file with something else in it is refused without quoting it', async () => {
    const file = join(folder, 'token');
    writeFileSync(file, 'something else entirely');
    await expect(assertionOf({ AZURE_FEDERATED_TOKEN_FILE: file })).rejects.toMatchObject({ category: 'auth', message: expect.not.stringContaining('entirely') });
  });

});
