import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runEmulator } from '../../../src/commands/emulator.ts';
import { announceEmulator, readEmulatorFile } from '../../../src/app/emulator-file.ts';
import { Interruption } from '../../../src/app/interruptions.ts';
import { commandScene, type CommandScene } from './command-scene.ts';

let s: CommandScene;
beforeEach(() => {
  s = commandScene();
});
afterEach(() => {
  s.clean();
});

const ANY_PORT = { port: 0, pushPort: 0 };
const drive = (): string => join(s.folder, 'drive');

describe('graph-watch emulator', () => {
  it('can be interrupted like every command, with the same exit code', async () => {
    const reason = new Interruption('SIGTERM');
    await expect(runEmulator(s.command({ signal: AbortSignal.abort(reason) }), drive(), ANY_PORT)).rejects.toBe(reason);
    expect(s.stderr()).toContain(`drive     ${drive()}`);
  });

  it('says what can be watched, in lines of at most 80 columns', async () => {
    await expect(runEmulator(s.command({ signal: AbortSignal.abort() }), drive(), ANY_PORT)).rejects.toThrow();
    const lines = s.stderr().split('\n');
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}drive id {2}b![\w-]{64}$/));
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}group {5}[\da-f-]{36}$/));
    expect(lines).toContain('  list      example.com:/sites/Engineering Documents');
    expect(lines).toContain('  address   https://example.com/sites/Engineering/Shared%20Documents');
    expect(lines).toContain('(to watch an address, add --scope Files.Read.All Sites.Read.All to login)');
    // Paths of this machine may be longer.
    for (const line of lines) if (!/^ {2}(drive|CA) /.test(line)) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('shows no address that a personal account cannot look up', async () => {
    await expect(runEmulator(s.command({ signal: AbortSignal.abort() }), drive(), { ...ANY_PORT, personality: 'personal' })).rejects.toThrow();
    expect(s.stderr()).toContain('  drive id  ');
    expect(s.stderr()).not.toContain('address');
  });

  it.each([['missing', undefined], ['not JSON', '{'], ['not a company', '{"sites":[{"name":"../x"}]}']])('refuses a directory file that is %s, and names the file or the place in it', async (_what, content) => {
    mkdirSync(s.folder, { recursive: true });
    const directory = join(s.folder, 'company.json');
    if (content !== undefined) writeFileSync(directory, content);
    await expect(runEmulator(s.command({}), drive(), { ...ANY_PORT, directory })).rejects.toMatchObject({ category: 'usage', message: expect.stringMatching(/company\.json|sites\[0\]\.name/) });
  });

  it('leaves the shared file to another emulator that still runs', async () => {
    const end = announceEmulator(s.folder, { graphUrl: 'https://localhost:1001', login: 'https://localhost:1001', caFile: 'ca.pem' }, 1);
    await expect(runEmulator(s.command({ signal: AbortSignal.abort() }), drive(), ANY_PORT)).rejects.toThrow();
    expect(readEmulatorFile(s.folder).graphUrl).toBe('https://localhost:1001');
    end();
  });

  it('refuses a file in place of the drive folder', async () => {
    mkdirSync(s.folder, { recursive: true });
    writeFileSync(drive(), 'a file');
    await expect(runEmulator(s.command(), drive(), ANY_PORT)).rejects.toMatchObject({ category: 'usage', message: expect.stringContaining(drive()) as unknown });
  });

  it('refuses a configuration folder that it cannot write to', async () => {
    mkdirSync(join(s.folder, '..'), { recursive: true });
    rmSync(s.folder, { recursive: true, force: true });
    writeFileSync(s.folder, 'a file');
    const place = `${s.folder}-drive`;
    await expect(runEmulator(s.command(), place, ANY_PORT)).rejects.toMatchObject({ category: 'usage' });
  });

  it.each([
    ['port', 'Graph and sign-in', '--port'],
    ['pushPort', 'push', '--push-port'],
    ['proxyPort', 'proxy', '--proxy-port'],
  ] as const)('says which port is in use: %s', async (name, what, flag) => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    await expect(runEmulator(s.command(), drive(), { ...ANY_PORT, alsoAnswer: ['graph.microsoft.com'], [name]: port })).rejects.toMatchObject({
      category: 'network', code: 'EADDRINUSE', message: `The emulator's port ${port} (${what}) is already in use.`, hint: expect.stringContaining(`${flag} `) as unknown,
    });
    taken.close();
  });

  it('refuses a proxy without an address to answer for', async () => {
    await expect(runEmulator(s.command(), drive(), { ...ANY_PORT, proxyPort: 0 })).rejects.toMatchObject({ category: 'usage', message: expect.stringContaining('--also-answer') as unknown });
  });

  it('says so if both ports are the same', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    free.close();
    await once(free, 'close');
    await expect(runEmulator(s.command(), drive(), { port, pushPort: port })).rejects.toMatchObject({
      message: `The emulator's port ${port} (Graph and sign-in) is already in use.`,
    });
  });
});
