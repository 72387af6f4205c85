import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { clientCertificate } from '../support/certificate.ts';
import { runEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { RunningEmulator } from '../unit/emulator/support/running-emulator.ts';
import { CLIENTS, describeClient, driver, isInNpm, linesOf, runClient } from './support/client.ts';

const APP = '7a1c9d20-5b3e-4f68-9a0d-2c4e6f8a1b3d';
const ISSUER = 'https://oidc.example.com';
const SUBJECT = 'system:serviceaccount:default:watcher';

describeClient('@azure/identity', isInNpm('node_modules/@azure/identity/package.json'), () => {
  let running: RunningEmulator;
  let place: string;
  let certificate: { cert: string; pem: string };
  beforeEach(async () => {
    place = mkdtempSync(join(tmpdir(), 'azure-identity-'));
    const { cert, privateKey } = await clientCertificate();
    certificate = { cert, pem: `${String(privateKey.export({ type: 'pkcs8', format: 'pem' }))}${cert}\n` };
    running = await runEmulator({
      applications: [{ clientId: APP, secret: 'the secret', certificate: cert, federated: [{ issuer: ISSUER, subject: SUBJECT }], roles: ['Files.Read.All'] }],
    });
  });
  afterEach(async () => {
    await running.close();
    rmSync(place, { recursive: true, force: true });
  });

  const getToken = async (kind: string, env: Record<string, string>): Promise<Record<string, unknown>> => {
    const { emulator } = running;
    const ended = await runClient(process.execPath, [driver('azure-identity.cjs'), CLIENTS, kind, `${emulator.graphUrl}/.default`], {
      AZURE_TENANT_ID: emulator.user.tenantId, AZURE_CLIENT_ID: APP, AZURE_AUTHORITY_HOST: emulator.graphUrl, NODE_EXTRA_CA_CERTS: emulator.caFile, ...env,
    });
    return linesOf(ended)[0] ?? {};
  };
  const readsTheDrive = async ({ token }: Record<string, unknown>): Promise<boolean> => {
    const { emulator } = running;
    return (await running.send(`/v1.0/drives/${emulator.drive.id}`, { headers: { authorization: `Bearer ${String(token)}` } })).status === 200;
  };
  const federated = (changes: Record<string, unknown> = {}): Record<string, string> => {
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const now = Math.floor(Date.now() / 1000);
    const file = join(place, 'token');
    writeFileSync(file, `${part({ alg: 'RS256', kid: 'k' })}.${part({ aud: ['api://AzureADTokenExchange'], iss: ISSUER, sub: SUBJECT, iat: now, exp: now + 3600, ...changes })}.c2ln`);
    return { AZURE_FEDERATED_TOKEN_FILE: file };
  };

  it('gets a token with a secret (ClientSecretCredential)', async () => {
    const answer = await getToken('secret', { SECRET: 'the secret' });
    expect(answer).toMatchObject({ token: expect.any(String), expiresOnTimestamp: expect.any(Number) });
    expect(await readsTheDrive(answer)).toBe(true);
  });

  it('is refused with a wrong secret, and gets Entra\'s error number', async () => {
    expect(await getToken('secret', { SECRET: 'its id' })).toMatchObject({ error: 'AuthenticationRequiredError', message: expect.stringContaining('7000215') });
  });

  it('gets a token with a workload\'s token file (WorkloadIdentityCredential)', async () => {
    expect(await readsTheDrive(await getToken('workload', federated()))).toBe(true);
  });

  it.each([
    ['another subject', { sub: 'system:serviceaccount:default:other' }, '700213'],
    ['a token that has expired', { exp: 1_700_000_000 }, '700024'],
  ])('is refused as a workload with %s', async (_what, changes, number) => {
    expect(await getToken('workload', federated(changes))).toMatchObject({ message: expect.stringContaining(number) });
  });

  it('gets a token with a certificate (ClientCertificateCredential)', async () => {
    const file = join(place, 'app.pem');
    writeFileSync(file, certificate.pem);
    expect(await readsTheDrive(await getToken('certificate', { CERTIFICATE: file }))).toBe(true);
  });
});
