import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { main } from '../../src/main.ts';
import { emulatedDrive, type EmulatedDrive } from '../support/emulated-watch.ts';
import { fakeSurroundings, type FakeSurroundings } from '../support/fake-surroundings.ts';

let drive: EmulatedDrive;
let library: string;
beforeEach(async () => {
  drive = await emulatedDrive();
  mkdirSync(join(drive.running.folder, 'Reports'), { recursive: true });
  const { emulator } = drive.running;
  library = `${emulator.site.webUrl}/${encodeURIComponent(emulator.list.name)}`;
});
afterEach(() => drive.close());

async function run(...args: string[]): Promise<{ code: number; s: FakeSurroundings }> {
  const s = fakeSurroundings({ env: drive.env });
  return { code: await main(args, s), s };
}

describe('an address from a browser', () => {
  it('of a folder means the changes in it, and no others', async () => {
    drive.write('Reports/first.txt', '1');
    await drive.running.admin('rescan');
    const s = fakeSurroundings({ env: drive.env });
    const done = main(['watch', `${library}/Reports?csf=1&web=1`, '-n', '1', '-t', '20s', '--lifecycle'], s);
    await Promise.race([s.stdout.until('"type":"ready"'), done]);
    writeFileSync(join(drive.running.folder, 'beside.txt'), 'x');
    writeFileSync(join(drive.running.folder, 'Reports', 'below.txt'), 'x');
    expect(await done).toBe(0);
    expect(s.stderr.text).toContain('/Reports');
    const changes = s.stdout.lines.map((line) => JSON.parse(line) as { type: string; target: string; item?: { path: string } }).filter(({ type }) => type === 'change');
    expect(changes.map(({ target, item }) => [target.startsWith('drive:b!'), item?.path])).toEqual([[true, '/Reports/below.txt']]);
  });

  it('works for the cursor and the endpoint of its drive', async () => {
    const cursor = await run('cursor', library);
    expect(cursor.s.stderr.text).toBe('');
    expect(cursor.code).toBe(0);
    expect(cursor.s.stdout.text).toMatch(/^gw1\./);
    const endpoint = await run('endpoint', `${library}/Forms/AllItems.aspx`);
    expect(JSON.parse(endpoint.s.stdout.text)).toHaveProperty('notificationUrl');
  });

  it('is looked up within --timeout, after an old ready file has been removed', async () => {
    const readyFile = join(drive.place, 'ready.json');
    writeFileSync(readyFile, '{"type":"ready","time":"2026-01-01T00:00:00.000Z","target":"me"}\n');
    const silent = createServer(() => { asked(existsSync(readyFile)); });
    let asked: (isThere: boolean) => void = () => undefined;
    const isThere = new Promise<boolean>((resolve) => { asked = resolve; });
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    try {
      const s = fakeSurroundings({ env: { ...drive.env, GRAPH_WATCH_GRAPH_URL: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` } });
      const done = main(['watch', library, '-t', '500ms', '--ready-file', readyFile], s);
      expect(await Promise.race([isThere, done])).toBe(false);
      expect(await done).toBe(124);
      expect(s.stderr.text).toContain('couldn\'t look up the address: timed out after 500ms\n');
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });

  it.each(['watch', 'endpoint', 'cursor'])('that cannot be read names the missing scopes: %s', async (command) => {
    const s = fakeSurroundings({ env: { ...drive.env, GRAPH_WATCH_TOKEN: drive.running.emulator.admin.issueToken({ scopes: ['User.Read'] }) } });
    expect(await main([command, library], s)).toBe(5);
    expect(s.stderr.lines.at(-1)).toBe('The account cannot read this site, or the token lacks a scope: Files.Read.All Sites.Read.All');
    const link = `${new URL(library).origin}/:f:/s/Engineering/Eabc?e=1`;
    const shared = fakeSurroundings({ env: s.env as Record<string, string> });
    expect(await main([command, link], shared)).toBe(5);
    expect(shared.stderr.lines.at(-1)).toMatch(/^Open the link in a browser once, or add --redeem/);
  });

  it.each([
    ['of a site that is not there', () => library.replace(/\/sites\/[^/]+/, '/sites/nowhere'), 5, 'There is no site'],
    ['of a library that is not there', () => library.replace(/[^/]+$/, 'Nothing'), 5, 'There is no library'],
    ['of a folder that is not there', () => `${library}/None`, 5, 'There is no /None'],
    ['of another cloud', () => 'https://contoso.sharepoint.com/sites/team', 2, '--cloud global'],
  ])('%s is reported with an explanation', async (_what, address, code, message) => {
    const result = await run('cursor', address());
    expect(result.s.stderr.text).toContain(message);
    expect(result.code).toBe(code);
  });
});
