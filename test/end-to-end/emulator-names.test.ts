import { X509Certificate } from 'node:crypto';
import { request } from 'node:https';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { certificatesFrom } from '../../src/emulator/certificates.ts';
import { settingsFrom } from '../../src/emulator/options.ts';
import { runEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { RunningEmulator } from '../unit/emulator/support/running-emulator.ts';

const GRAPH = 'graph.microsoft.com';
const LOGIN = 'login.microsoftonline.com';

describe('an emulator that also answers for other hosts', () => {
  let running: RunningEmulator;
  beforeEach(async () => {
    running = await runEmulator({ alsoAnswer: [GRAPH, 'Login.MicrosoftOnline.com'], pageSize: 1 });
  });
  afterEach(() => running.close());

  /** Requests a URL as a client would whose hosts file and relay lead here. */
  const ask = (url: string, options: { method?: string; headers?: Record<string, string>; body?: string } = {}): Promise<{ status: number; json: Record<string, string> }> =>
    new Promise((resolve, reject) => {
      const { hostname, host, pathname, search } = new URL(url);
      const outgoing = request(
        {
          host: '127.0.0.1', port: new URL(running.emulator.graphUrl).port, servername: hostname, path: `${pathname}${search}`,
          method: options.method ?? 'GET', headers: { ...options.headers, host }, ca: running.emulator.ca,
        },
        (incoming) => {
          let text = '';
          incoming.setEncoding('utf8').on('data', (piece: string) => (text += piece));
          incoming.on('end', () => {
            resolve({ status: incoming.statusCode ?? 0, json: JSON.parse(text) as Record<string, string> });
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(options.body);
    });
  const bearer = (): Record<string, string> => ({ authorization: `Bearer ${running.emulator.admin.issueToken()}` });

  it('has a certificate for them, from its own authority', async () => {
    expect((await ask(`https://${GRAPH}/v1.0/me/drive`, { headers: bearer() })).status).toBe(200);
    await expect(ask('https://graph.microsoft.us/v1.0/me/drive')).rejects.toThrow('altnames');
  });

  it('writes links with the host of the request, be it another name or localhost', async () => {
    for (const origin of [`https://${GRAPH}`, running.emulator.graphUrl]) {
      const { json } = await ask(`${origin}/v1.0/me/drive/root/delta`, { headers: bearer() });
      expect(json['@odata.context']).toMatch(`${origin}/v1.0/$metadata`);
      expect(json['@odata.deltaLink'] ?? json['@odata.nextLink']).toMatch(`${origin}/v1.0/me/drive/root/delta`);
    }
  });

  it('serves sign-in at the sign-in host: discovery, device code, tokens', async () => {
    const discovery = await ask(`https://${LOGIN}/common/v2.0/.well-known/openid-configuration`);
    expect(discovery.json).toMatchObject({ token_endpoint: `https://${LOGIN}/common/oauth2/v2.0/token`, issuer: `https://${LOGIN}/{tenantid}/v2.0`, msgraph_host: GRAPH });
    const code = await ask(`https://${LOGIN}/common/oauth2/v2.0/devicecode`, {
      method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'client_id=x&scope=Files.Read',
    });
    expect(code.json.verification_uri).toBe(`https://${LOGIN}/device`);
  });

  it('still refuses any other host', async () => {
    const { status } = await running.send('/v1.0/me', { headers: { host: 'sharepoint.com' } });
    expect(status).toBe(421);
  });
});

describe('the certificate for further names', () => {
  let stateFolder: string;
  beforeEach(() => {
    stateFolder = mkdtempSync(join(tmpdir(), 'emulator-names-'));
  });
  afterEach(() => {
    rmSync(stateFolder, { recursive: true, force: true });
  });

  it('comes from an authority for these names alone, which is kept, and does not change the usual one', async () => {
    const usual = await certificatesFrom(stateFolder);
    const further = await certificatesFrom(stateFolder, [GRAPH, LOGIN]);
    expect(new X509Certificate(further.cert).checkHost(GRAPH)).toBe(GRAPH);
    expect(new X509Certificate(further.cert).checkHost('localhost')).toBe('localhost');
    expect(further.ca).not.toBe(usual.ca);
    expect((await certificatesFrom(stateFolder, [LOGIN, GRAPH])).ca).toBe(further.ca);
    expect((await certificatesFrom(stateFolder, [GRAPH])).ca).not.toBe(further.ca);
    expect((await certificatesFrom(stateFolder)).ca).toBe(usual.ca);
    const constraints = (pem: string): string => new X509Certificate(pem).raw.toString('latin1');
    expect(constraints(usual.ca)).not.toContain(GRAPH);
    expect(constraints(further.ca)).toContain(GRAPH);
  });

  it('can hold many names', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `host-${index}.${'long-label.'.repeat(8)}example.com`);
    const { cert } = await certificatesFrom(stateFolder, names);
    expect(new X509Certificate(cert).checkHost(names.at(-1)!)).toBe(names.at(-1));
  });
});

describe('a further name', () => {
  it.each(['*.microsoft.com', 'graph', 'https://graph.microsoft.com', 'a b.example', 'graph.microsoft.com:443', '', '-a.example.com', '127.0.0.1', `${'a'.repeat(64)}.example.com`])('cannot be "%s"', (name) => {
    expect(() => settingsFrom({ folder: 'x', stateFolder: 'y', alsoAnswer: [name] })).toThrow('is not a host name');
  });
});
