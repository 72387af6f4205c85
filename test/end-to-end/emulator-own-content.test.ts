import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { io } from 'socket.io-client';
import type { Socket } from 'socket.io-client';
import { startBinary } from '../support/binary.ts';
import { runEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { Answer, RunningEmulator } from '../unit/emulator/support/running-emulator.ts';

let running: RunningEmulator;
const sockets: Socket[] = [];
beforeEach(async () => {
  running = await runEmulator({ drives: 2, ownContent: true });
  await writeFile(at('drive-1/one.txt'), 'one');
  await writeFile(at('drive-2/two.txt'), 'four');
  await running.emulator.admin.rescan();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  await running.close();
});

const at = (path: string): string => join(running.folder, path);
const drive = (number: 1 | 2): string => `/v1.0/drives/${running.emulator.extraDrives[number - 1]!}`;
const names = (answer: Answer): unknown[] => answer.items().map(({ name, deleted }) => (deleted === undefined ? name : 'deleted'));
const since = async (link: string): Promise<unknown[]> => names(await running.graph(link, { prefer: 'deltaExcludeParent' })).filter((name) => name !== 'root');
const write = (method: string, path: string, body: string): Promise<Answer> =>
  running.send(path, { method, headers: { authorization: `Bearer ${running.emulator.admin.issueToken({ scopes: ['Files.ReadWrite'] })}` }, body });

describe('drives with content of their own', () => {
  it('have their own subfolder as root, and see nothing of the others', async () => {
    const root = await running.graph(`${drive(1)}/root`);
    expect(root.json).toMatchObject({ name: 'root', root: {}, size: 3, webUrl: expect.stringMatching(/\/sites\/Extra1\/Documents$/) });
    expect(root.at('parentReference')).not.toHaveProperty('path');
    expect(names(await running.graph(`${drive(1)}/root/children`))).toEqual(['one.txt']);
    const two = await running.graph(`${drive(2)}/root:/two.txt`);
    expect(two.json).toMatchObject({ name: 'two.txt', parentReference: { name: 'root', path: expect.stringMatching(/\/root:$/) } });
    expect((await running.graph(`${drive(1)}/items/${two.string('id')}`)).status).toBe(404);
    expect(names(await running.graph(`${drive(1)}/root/delta`)).sort()).toEqual(['one.txt', 'root']);
    expect((await running.graph(drive(2))).at('quota', 'used')).toBe(4);
    // The user's drive is the whole folder.
    expect(names(await running.graph('/v1.0/me/drive/root/children'))).toEqual(['drive-1', 'drive-2']);
  });

  it('report their own changes, and a move to another drive as a deletion', async () => {
    const [first, second] = await Promise.all(([1, 2] as const).map(async (number) => (await running.graph(`${drive(number)}/root/delta?token=latest`)).string('@odata.deltaLink')));
    await writeFile(at('drive-1/new.txt'), 'new');
    await running.emulator.admin.rescan();
    expect(await since(first!)).toEqual(['new.txt']);
    expect(await since(second!)).toEqual([]);
    await rename(at('drive-1/new.txt'), at('drive-2/new.txt'));
    await running.emulator.admin.rescan();
    expect(await since(first!)).toEqual(['deleted']);
    expect(await since(second!)).toEqual(['new.txt']);
  });

  it('notify only their own watchers', async () => {
    const heard: string[] = [];
    const open = async (name: string, path: string): Promise<Socket> => {
      const url = (await running.graph(`${path}/root/subscriptions/socketIo`)).string('notificationUrl');
      const socket = io(url, { transports: ['websocket'], ca: running.emulator.ca, reconnection: false, forceNew: true } as Parameters<typeof io>[1]);
      sockets.push(socket);
      socket.on('notification', () => heard.push(name));
      await new Promise<void>((resolve) => { socket.once('connect', resolve); });
      return socket;
    };
    const [, second] = [await open('first', drive(1)), await open('second', drive(2)), await open('me', '/v1.0/me/drive')];
    const once = new Promise((resolve) => { second.once('notification', resolve); });
    await writeFile(at('drive-1/a.txt'), 'a');
    await running.emulator.admin.rescan();
    await writeFile(at('drive-2/b.txt'), 'b');
    await once;
    expect([heard.includes('first'), heard.includes('me'), heard.filter((name) => name === 'second').length]).toEqual([true, true, 1]);
    expect(heard.indexOf('first')).toBeLessThan(heard.indexOf('second'));
  });

  it('write to their subfolder what comes through Graph, and keep their root', async () => {
    expect((await write('PUT', `${drive(2)}/root:/deep/file.txt:/content`, 'x')).status).toBe(201);
    expect((await running.graph('/v1.0/me/drive/root:/drive-2/deep/file.txt')).status).toBe(200);
    expect((await write('PATCH', `${drive(2)}/root`, '{"name":"other"}')).at('error', 'message')).toContain('root of a drive');
    expect((await write('DELETE', `${drive(2)}/root`, '')).at('error', 'message')).toContain('root of a drive');
    await rm(at('drive-2'), { recursive: true });
    await running.emulator.admin.rescan();
    expect((await running.graph(`${drive(2)}/root`)).status).toBe(404);
    expect((await running.graph(`${drive(1)}/root`)).status).toBe(200);
  });
});

it('--own-content is refused without further drives', async () => {
  const { code, stderr } = await startBinary(['emulator', at('unused'), '--own-content', '--port', '0', '--push-port', '0']).done;
  expect([code, stderr]).toEqual([2, expect.stringContaining('--own-content needs --drives')]);
});
