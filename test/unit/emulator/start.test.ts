import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startEmulator } from '../../../src/emulator/start.ts';
import { steppedClock } from './support/stepped-clock.ts';

let place: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'emulator-start-'));
});
afterEach(() => rm(place, { recursive: true, force: true }));
const options = () => ({ folder: join(place, 'drive'), stateFolder: join(place, 'state'), port: 0, pushPort: 0 });

describe('starting the emulator', () => {
  it.each(['0.0.0.0', '::', '192.0.2.1', 'example.com', '127.0.0.2', ''])('refuses the host "%s": loopback only', async (host) => {
    await expect(startEmulator({ ...options(), host })).rejects.toThrow('loopback only');
  });

  it('returns localhost URLs, and what there is to watch', async () => {
    const emulator = await startEmulator({ ...options(), drives: 3 });
    expect(emulator.graphUrl).toMatch(/^https:\/\/localhost:\d+$/);
    expect(emulator.authority).toBe(`${emulator.graphUrl}/common`);
    expect(emulator.devicePage).toBe(`${emulator.graphUrl}/device`);
    expect(emulator.pushUrl).not.toBe(emulator.graphUrl);
    expect(emulator.users.map(({ userPrincipalName }) => userPrincipalName)).toEqual(['ada@example.com', 'grace@example.com']);
    expect(new Set(emulator.extraDrives).size).toBe(3);
    emulator.admin.issueToken({ user: 'mary@example.net' });
    expect(emulator.users).toHaveLength(3);
    await emulator.close();
  });

  it('rejects with EADDRINUSE for a port in use, and leaves nothing running', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    await expect(startEmulator({ ...options(), port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await expect(startEmulator({ ...options(), pushPort: port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await new Promise((resolve) => taken.close(resolve));
  });

  it('can listen on ::1 alone', async () => {
    const emulator = await startEmulator({ ...options(), host: '::1' });
    const { port } = new URL(emulator.graphUrl);
    const reach = async (host: string): Promise<void> => {
      const socket = connect(Number(port), host);
      await once(socket, 'connect');
      socket.destroy();
    };
    await reach('::1');
    await expect(reach('127.0.0.1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await emulator.close();
  });

  it('leaves no timer when it is closed, and can be closed twice', async () => {
    const clock = steppedClock();
    const emulator = await startEmulator({ ...options(), clock, autoApprove: true });
    emulator.admin.issueToken();
    await emulator.close();
    await emulator.close();
    expect(clock.waiting).toBe(0);
  });

  it('has the same ids in every run', async () => {
    const first = await startEmulator(options());
    await first.close();
    const second = await startEmulator(options());
    expect([second.drive.id, second.group!.id, second.site.id, second.list.id, second.user.id]).toEqual([
      first.drive.id, first.group!.id, first.site.id, first.list.id, first.user.id,
    ]);
    await second.close();
  });
});
