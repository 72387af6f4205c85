import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { CLIENTS, describeClient, isInNpm, outputOf, runClient } from './support/client.ts';
import { runForFixedHosts } from './support/fixed-hosts.ts';
import type { FixedHosts } from './support/fixed-hosts.ts';

const PROGRAM = 'node_modules/@pnp/cli-microsoft365/dist/index.js';
const APP = '7a1c9d20-5b3e-4f68-9a0d-2c4e6f8a1b3d';
/** Each command starts a program of 460 packages. */
const LONG_MS = 180_000;
// Some commands recognize a site only by its domain.
const SITE = 'https://example.sharepoint.com/sites/Engineering';

describeClient('CLI for Microsoft 365', isInNpm(PROGRAM), () => {
  let running: FixedHosts;
  let home: string;
  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'm365-'));
    mkdirSync(join(home, '.config/configstore'), { recursive: true });
    writeFileSync(join(home, '.config/configstore/cli-m365-config.json'), JSON.stringify({ disableTelemetry: true }));
    const directoryFile = join(home, 'company.json');
    writeFileSync(directoryFile, JSON.stringify({
      host: 'example.sharepoint.com',
      applications: [{ clientId: APP, displayName: 'Reporter', secret: 'the secret', roles: ['Sites.Read.All'] }],
      groups: [{ displayName: 'Engineering', mailNickname: 'EngineeringGroup', members: ['ada@example.com'], channels: [{ displayName: 'General' }, { displayName: 'Leads', membershipType: 'private' }] }],
      sites: [{ name: 'Engineering' }],
    }));
    running = await runForFixedHosts({ directoryFile });
    mkdirSync(join(running.folder, 'Reports'));
    writeFileSync(join(running.folder, 'Reports/b.txt'), 'nested');
    await running.emulator.admin.rescan();
  });
  afterEach(async () => {
    await running.close();
    rmSync(home, { recursive: true, force: true });
  });

  const m365 = async (...args: string[]): Promise<unknown> => {
    const output = outputOf(await runClient(process.execPath, [join(CLIENTS, PROGRAM), ...args, '--output', 'json'], { HOME: home, CLIMICROSOFT365_NOUPDATE: '1', ...running.env }));
    return output === '' ? undefined : JSON.parse(output);
  };
  const names = (rows: unknown, property = 'displayName'): unknown[] => (rows as Record<string, unknown>[]).map((row) => row[property]);

  it('signs in with a device code, finds users, groups and teams, and lists, adds, copies and moves files in a library', async () => {
    await m365('login', '--authType', 'deviceCode', '--appId', APP.replace('7a', '8a'), '--tenant', 'common');
    expect(await m365('status')).toMatchObject({ connectedAs: 'ada@example.com', authType: 'deviceCode' });
    expect(names(await m365('entra', 'user', 'list'))).toEqual(['Ada Lovelace', 'Grace Hopper']);
    expect(names(await m365('entra', 'm365group', 'list'))).toEqual(['Engineering']);
    expect(names(await m365('teams', 'channel', 'list', '--teamName', 'Engineering'))).toEqual(['General', 'Leads']);
    expect(names(await m365('file', 'list', '--webUrl', SITE, '--folderUrl', 'Shared Documents', '--recursive'), 'name')).toEqual(['b.txt']);
    writeFileSync(join(home, 'new.txt'), 'new');
    await m365('file', 'add', '--filePath', join(home, 'new.txt'), '--folderUrl', `${SITE}/Shared Documents/Reports`);
    expect(readFileSync(join(running.folder, 'Reports/new.txt'), 'utf8')).toBe('new');
    const library = `${SITE}/Shared Documents`;
    await m365('file', 'copy', '--webUrl', SITE, '--sourceUrl', `${library}/Reports/new.txt`, '--targetUrl', library, '--newName', 'copy.txt');
    expect(readFileSync(join(running.folder, 'copy.txt'), 'utf8')).toBe('new');
    await m365('file', 'move', '--webUrl', SITE, '--sourceUrl', `${library}/copy.txt`, '--targetUrl', `${library}/Reports`, '--newName', 'moved.txt');
    expect(readdirSync(join(running.folder, 'Reports')).sort()).toEqual(['b.txt', 'moved.txt', 'new.txt']);
  }, LONG_MS);

  it('signs in as an app with a secret, and may do what the app was granted', async () => {
    await expect(m365('login', '--authType', 'secret', '--appId', APP, '--secret', 'wrong', '--tenant', 'example.com')).rejects.toThrow('AADSTS7000215');
    await m365('login', '--authType', 'secret', '--appId', APP, '--secret', 'the secret', '--tenant', 'example.com');
    expect(await m365('status')).toMatchObject({ connectedAs: 'Reporter', authType: 'secret' });
    expect(names(await m365('file', 'list', '--webUrl', SITE, '--folderUrl', 'Shared Documents/Reports'), 'name')).toEqual(['b.txt']);
    await expect(m365('entra', 'user', 'list')).rejects.toThrow('Insufficient privileges');
  }, LONG_MS);
});
