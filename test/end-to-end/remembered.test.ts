import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { emulatorFilePath } from '../../src/app/emulator-file.ts';
import { readRemembered, rememberedPath } from '../../src/app/remembered.ts';
import { main } from '../../src/main.ts';
import { fakeSurroundings } from '../support/fake-surroundings.ts';
import { runEmulator, type RunningEmulator } from '../unit/emulator/support/running-emulator.ts';

let running: RunningEmulator;
let place: string;
let folder: string;
beforeEach(async () => {
  running = await runEmulator();
  place = mkdtempSync(join(tmpdir(), 'graph-watch-remembered-'));
  folder = join(place, 'config');
  const { graphUrl, authority, caFile } = running.emulator;
  const file = emulatorFilePath(folder);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ graphUrl, login: authority.replace(/\/[^/]*$/, ''), caFile }));
});
afterEach(async () => {
  await running.close();
  rmSync(place, { recursive: true, force: true });
});

/** Watches until connected, on a terminal unless told otherwise. */
async function watch(args: readonly string[], tty = true): Promise<void> {
  const s = fakeSurroundings({
    env: { GRAPH_WATCH_CONFIG_DIR: folder, GRAPH_WATCH_CLOUD: 'emulator', GRAPH_WATCH_TOKEN: running.emulator.admin.issueToken({ scopes: ['Files.Read.All', 'Sites.Read.All'] }) },
    tty: { stderr: tty },
  });
  const done = main(['watch', ...args, '--json', '--lifecycle'], s);
  await s.stdout.until('"ready"');
  s.raise('SIGINT');
  expect(await done).toBe(130);
}

describe('a target that was watched', () => {
  it('is remembered with its name, however it was specified, but not without a terminal', async () => {
    const { id } = running.emulator.drive;
    await watch(['drive', id], false);
    await watch(['drive', id, '--quiet']);
    await watch(['me']);
    expect(existsSync(rememberedPath(folder))).toBe(false);
    await watch(['drive', id]);
    expect(readRemembered(folder).targets).toEqual([{ target: `drive:${id}` }]);
    const link = await running.emulator.admin.share({ path: '/', scope: 'anonymous' });
    expect(link).toBeDefined();
    await watch([link ?? '']);
    // The link itself opens the folder to anyone who has it.
    expect(JSON.stringify(readRemembered(folder))).not.toContain(new URL(link ?? '').pathname);
    expect(readRemembered(folder).targets[0]?.target).toMatch(/^drive:/);
  });
});

describe('a signed-in account', () => {
  it('is remembered until it is signed out', async () => {
    const run = async (command: string): Promise<number> => {
      const s = fakeSurroundings({ env: { GRAPH_WATCH_CONFIG_DIR: folder, GRAPH_WATCH_CLOUD: 'emulator' } });
      const done = main([command], s);
      if (command === 'login') running.emulator.admin.approveDevice(/^ {4}([A-Z0-9]{6,12})$/m.exec(await s.stderr.until(/^ {4}[A-Z0-9]{6,12}$/m))?.[1] ?? '');
      return done;
    };
    expect(await run('login')).toBe(0);
    expect(readRemembered(folder).accounts).toEqual(['ada@example.com']);
    expect(await run('logout')).toBe(0);
    expect(existsSync(rememberedPath(folder))).toBe(false);
  });
});
