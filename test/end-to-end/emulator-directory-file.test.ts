import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { clientCertificate } from '../support/certificate.ts';
import { runEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { Answer, RunningEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { EmulatorOptions } from '../../src/emulator/start.ts';

let running: RunningEmulator | undefined;
let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'directory-file-'));
});
afterEach(async () => {
  await running?.close();
  running = undefined;
  rmSync(place, { recursive: true, force: true });
});

async function startWith(company: unknown, options: Partial<EmulatorOptions> = {}): Promise<RunningEmulator> {
  const directoryFile = join(place, 'company.json');
  writeFileSync(directoryFile, JSON.stringify(company));
  running = await runEmulator({ directoryFile, ...options });
  return running;
}

const graph = (path: string, headers?: Record<string, string>): Promise<Answer> => running!.graph(path, headers);
const APP = '7a1c9d20-5b3e-4f68-9a0d-2c4e6f8a1b3d';

describe('a directory file', () => {
  const signIn = (fields: Record<string, string>): Promise<Answer> =>
    running!.form('/example.com/oauth2/v2.0/token', { grant_type: 'client_credentials', client_id: APP, scope: 'https://graph.microsoft.com/.default', ...fields });

  it('registers an app with its permissions and a secret, which is then the only one accepted', async () => {
    await startWith({ applications: [{ clientId: APP, displayName: 'Reporter', secret: 'right', roles: ['Files.Read.All'] }] });
    expect((await signIn({ client_secret: 'wrong' })).at('error_codes', 0)).toBe(7000215);
    const token = (await signIn({ client_secret: 'right' })).string('access_token');
    const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
    expect(claims).toMatchObject({ app_displayname: 'Reporter', roles: ['Files.Read.All'], aud: running!.emulator.graphUrl });
  });

  it('registers certificates from files next to it, and issuers and subjects to trust', async () => {
    writeFileSync(join(place, 'app.pem'), (await clientCertificate()).cert);
    await startWith({ applications: [{ clientId: APP, certificateFile: 'app.pem', federated: [{ issuer: 'https://oidc.example.com', subject: 'job' }] }] });
    expect((await signIn({ client_secret: 'any' })).at('error_codes', 0)).toBe(7000215);
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const now = Math.floor(Date.now() / 1000);
    const assertion = (sub: string): Record<string, string> => ({
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: `${part({ alg: 'RS256' })}.${part({ iss: 'https://oidc.example.com', sub, aud: 'api://AzureADTokenExchange', exp: now + 600 })}.c2ln`,
    });
    expect((await signIn(assertion('other'))).at('error_codes', 0)).toBe(700213);
    expect((await signIn(assertion('job'))).status).toBe(200);
  });

  it('moves sites to another host, and users\' drives to the matching -my host', async () => {
    const { emulator } = await startWith({ host: 'contoso.sharepoint.com', sites: [{ name: 'Engineering' }] });
    expect(emulator.site.webUrl).toBe('https://contoso.sharepoint.com/sites/Engineering');
    expect(emulator.drive.webUrl).toBe('https://contoso-my.sharepoint.com/personal/ada_example_com/Documents');
    const sites = emulator.admin.issueToken({ scopes: ['Sites.Read.All'] });
    const found = await graph('/v1.0/sites/contoso.sharepoint.com:/sites/Engineering', { authorization: `Bearer ${sites}` });
    expect(found.json).toMatchObject({ id: emulator.site.id, siteCollection: { hostname: 'contoso.sharepoint.com' } });
    expect(found.string('id').startsWith('contoso.sharepoint.com,')).toBe(true);
  });

  it('adds the drive that the real service lists next to a business user\'s own: the hold library, under the same name', async () => {
    const { emulator } = await startWith({ systemDrives: true });
    const drives = (await graph('/v1.0/me/drives')).items();
    expect(drives).toMatchObject([{ name: 'OneDrive', webUrl: expect.stringMatching(/\/PreservationHoldLibrary$/) }, { name: 'OneDrive', id: emulator.drive.id }]);
    expect((await graph(`/v1.0/drives/${String(drives[0]!.id)}`)).status).toBe(200);
    expect((await graph('/v1.0/me/drive')).string('id')).toBe(emulator.drive.id);
  });

  it('adds drives that cannot be opened to personal accounts', async () => {
    const { emulator } = await startWith({ systemDrives: true }, { personality: 'personal' });
    const drives = (await graph('/v1.0/me/drives')).items();
    expect(drives).toHaveLength(3);
    for (const { id } of drives) {
      const answer = await graph(`/v1.0/drives/${String(id)}/root/delta`);
      if (id === emulator.drive.id) expect(answer.status).toBe(200);
      else expect([answer.status, answer.at('error', 'message')]).toEqual([400, 'ObjectHandle is Invalid']);
    }
  });

  it('hides libraries: lists mark them, and drives include them only if that mark is selected', async () => {
    const { emulator } = await startWith({ sites: [{ name: 'Engineering', hiddenLibraries: ['Form Templates'] }] });
    const headers = { authorization: `Bearer ${emulator.admin.issueToken({ scopes: ['Sites.Read.All'] })}` };
    const names = async (path: string): Promise<unknown[]> => (await graph(`/v1.0/sites/${emulator.site.id}${path}`, headers)).items().map(({ name, list, system }) => [name, (list as { hidden?: boolean } | undefined)?.hidden ?? system !== undefined]);
    expect(await names('/lists')).toEqual([['Documents', false], ['Form Templates', true]]);
    expect(await names('/drives')).toEqual([['Documents', false]]);
    expect(await names('/drives?$select=name,system')).toEqual([['Documents', false], ['Form Templates', true]]);
  });
});
