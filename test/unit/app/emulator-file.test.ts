import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { announceEmulator, emulatorFilePath, readEmulatorFile, type EmulatorFile } from '../../../src/app/emulator-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'emulator-file-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const at = (port: number): EmulatorFile => ({ graphUrl: `https://localhost:${port}`, login: `https://localhost:${port}`, caFile: 'ca.pem' });
const found = (): string => readEmulatorFile(folder).graphUrl;
const files = (): string[] => readdirSync(join(folder, 'emulator', 'running'));

/** What a killed emulator leaves behind: its files, but no process. */
async function killed(port: number, started: number): Promise<void> {
  const gone = spawn(process.execPath, ['-e', '']);
  await once(gone, 'exit');
  const text = JSON.stringify({ ...at(port), pid: gone.pid, started });
  mkdirSync(join(folder, 'emulator', 'running'), { recursive: true });
  writeFileSync(join(folder, 'emulator', 'running', `${gone.pid}-${port}.json`), text);
  writeFileSync(emulatorFilePath(folder), text);
}

describe('the address that --cloud emulator uses', () => {
  it('is the default port if none was started, or if its file is damaged', () => {
    expect(readEmulatorFile(folder)).toEqual({ ...at(8443), caFile: join(folder, 'emulator', 'ca', 'ca.pem') });
    mkdirSync(dirname(emulatorFilePath(folder)), { recursive: true });
    for (const text of ['', 'null', '{"graphUrl":']) {
      writeFileSync(emulatorFilePath(folder), text);
      expect(found()).toBe('https://localhost:8443');
    }
  });

  it('is that of the emulator started last', () => {
    announceEmulator(folder, at(1001), 1);
    announceEmulator(folder, at(1002), 2);
    expect(readEmulatorFile(folder)).toMatchObject(at(1002));
  });

  it('is that of one still running when the last one has ended', () => {
    const ends = [1001, 1002, 1003].map((port, index) => announceEmulator(folder, at(port), index));
    ends[2]!();
    expect(found()).toBe('https://localhost:1002');
    ends[0]!();
    expect(found()).toBe('https://localhost:1002');
    ends[1]!();
    // Its sign-ins are known there, and it may be started there again.
    expect([found(), files()]).toEqual(['https://localhost:1002', []]);
  });

  it('is that of one still running when the last one was killed', async () => {
    announceEmulator(folder, at(1001), 1);
    await killed(1002, 2);
    expect(found()).toBe('https://localhost:1001');
  });

  it('stays the same when the only emulator was killed: it may be started there again', async () => {
    await killed(1002, 2);
    expect(found()).toBe('https://localhost:1002');
  });

  it('no longer depends on killed emulators once the next one starts', async () => {
    await killed(1002, 2);
    announceEmulator(folder, at(1001), 3)();
    expect(files()).toEqual([]);
  });

  it('stays that of an emulator that has since started on the same port', () => {
    const end = announceEmulator(folder, at(1001), 1);
    const text = JSON.stringify({ ...at(1001), pid: process.ppid, started: 2 });
    writeFileSync(emulatorFilePath(folder), text);
    end();
    expect(found()).toBe('https://localhost:1001');
  });

  it('is in files that only their owner can read', () => {
    announceEmulator(folder, at(1001), 1);
    for (const file of [emulatorFilePath(folder), join(folder, 'emulator', 'running', files()[0]!)]) expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});
