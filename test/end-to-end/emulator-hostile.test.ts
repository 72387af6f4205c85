import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EmulatorProcess } from '../support/emulator-process.ts';
import { get, hostileTo, upgrade } from '../support/hostile.ts';
import type { HostileTo } from '../support/hostile.ts';

let emulator: EmulatorProcess;
let ports: HostileTo['ports'];
let throwFrames: HostileTo['throwFrames'];
let expectHarmlessLog: HostileTo['expectHarmlessLog'];
let notificationUrl: string;
beforeAll(async () => {
  ({ emulator, ports, throwFrames, expectHarmlessLog, notificationUrl } = await hostileTo());
});
afterAll(async () => {
  // It ended because of the signal, and not earlier.
  expect(await emulator.stop()).toBe(143);
});

describe('the emulator outlives', () => {
  it.each(['///', '//', '/\\', '//[', '/%', '/%zz?token=%', 'http://[', 'http://', 'https:', '*', '/socket.io/?EIO=4&transport=websocket&sid=__proto__'])(
    'an upgrade request of %s',
    async (target) => {
      for (const port of [ports.graph, ports.push]) await emulator.throwAt(port, upgrade(target));
      expect(await emulator.probe()).toBe(200);
    },
  );

  it('an upgrade with an unusual handshake: odd version, no key, a wrong length, a foreign host', async () => {
    const target = `/socket.io/${new URL(notificationUrl).search}&EIO=4&transport=websocket`;
    const bad = [
      upgrade(target).replace('Version: 13', 'Version: 999'),
      upgrade(target).replace(/Sec-WebSocket-Key: .*\r\n/, ''),
      upgrade(target, 'Content-Length: 1000000\r\n'),
      upgrade(target, 'Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=1\r\n'),
      upgrade(`${target}&transport=polling&sid=x`),
      upgrade(target).replace('Host: localhost', 'Host: a b\u0001'),
    ];
    for (const bytes of bad) await emulator.throwAt(ports.push, bytes);
    expect(await emulator.probe()).toBe(200);
  });

  it.each([
    ['an event without payload', ['40/notifications,', '42/notifications,']],
    ['a refusal without payload', ['40/notifications,', '44/notifications,']],
    ['an event named error', ['40/notifications,', '42/notifications,["error",{"a":1}]']],
    ['an event named error with an acknowledgement', ['40/notifications,', '42/notifications,7["error"]']],
    ['an acknowledgement of nothing', ['40/notifications,', '43/notifications,1[]', '43/notifications,99999999999999999999[1]']],
    ['a payload that is not JSON', ['40/notifications,', '42/notifications,{no']],
    ['an unknown packet type', ['40/notifications,', '49/notifications,', '4']],
    ['binary attachments that do not come', ['40/notifications,', '451-/notifications,["x",{"_placeholder":true,"num":0}]', '40']],
    ['too many attachments', ['40/notifications,', '4599999-/notifications,[]']],
    ['attachments that were not announced', ['40/notifications,', Buffer.from([1, 2, 3])]],
    ['a placeholder out of range', ['40/notifications,', '451-/notifications,["x",{"_placeholder":true,"num":7}]', Buffer.from([1])]],
    ['two connects at once', ['40/notifications,', '40/notifications,', '40', '40']],
    ['a disconnect before a connect', ['41/notifications,', '41']],
    ['the main namespace alone, and then an error in it', ['40', '42["error"]', '49']],
    ['a probe and an upgrade that the server did not offer', ['2probe', '5', '6', '1']],
    ['deep nesting', ['40/notifications,', `42/notifications,["x",${'['.repeat(50_000)}${']'.repeat(50_000)}]`]],
    ['a frame above the limit', ['40/notifications,', '4'.repeat(2_000_000)]],
  ])('%s', async (_what, frames) => {
    for (const eio of [4, 3] as const) await throwFrames(frames, eio);
    expect(await emulator.probe()).toBe(200);
  });

  it.each([
    ['a namespace that is not a URL, in Engine.IO 3', ['40//', '40//[,', '42//[,["x"]']],
    ['packets that only Engine.IO 3 has', ['b4AAAA', 'bAAAA', '4b', '2', '3']],
  ])('%s', async (_what, frames) => {
    await throwFrames(frames, 3);
    expect(await emulator.probe()).toBe(200);
  });

  it('clients that do not speak TLS, or hang up during the handshake', async () => {
    for (const port of [ports.graph, ports.push]) {
      for (const bytes of [Buffer.from(get('/')), Buffer.from([0x16, 3, 1, 0xff, 0xff]), Buffer.alloc(0)]) {
        await new Promise<void>((resolve) => {
          const socket = connect(port, '127.0.0.1', () => {
            socket.end(bytes);
          });
          socket.on('error', () => undefined);
          socket.on('close', () => {
            resolve();
          });
          socket.resume();
        });
      }
    }
    expect(await emulator.probe()).toBe(200);
  });

  it('excessively large bodies, announced or not', async () => {
    const form = (headers: string, body: string): string =>
      `POST /common/oauth2/v2.0/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n${headers}\r\n${body}`;
    expect(await emulator.throwAt(ports.graph, form('Content-Length: 5000000\r\n', 'a'))).toMatch(/^HTTP\/1.1 413 /);
    const admin = 'POST /admin/notify HTTP/1.1\r\nHost: localhost\r\nX-Emulator-Admin: 1\r\nContent-Length: 50000000\r\n\r\n{';
    expect(await emulator.throwAt(ports.graph, admin)).toMatch(/^HTTP\/1\.1 413 /);
    const { access_token: token } = await emulator.admin('token', { scopes: ['Files.ReadWrite'] });
    const json = `POST /v1.0/me/drive/root/children HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${String(token)}\r\nContent-Type: application/json\r\nContent-Length: 50000000\r\n\r\n{`;
    expect(await emulator.throwAt(ports.graph, json)).toMatch(/^HTTP\/1\.1 413 /);
    const chunk = `${(200_000).toString(16)}\r\n${'a'.repeat(200_000)}\r\n`;
    await emulator.throwAt(ports.graph, form('Transfer-Encoding: chunked\r\n', chunk.repeat(10)));
    await emulator.throwAt(ports.graph, form('Content-Length: 100\r\n', 'a'));
    await emulator.throwAt(ports.graph, get('/', `X-Long: ${'a'.repeat(100_000)}\r\n`));
    expect(await emulator.probe()).toBe(200);
  });
});

describe('the emulator\'s log', () => {
  it('contains no control character from a path, and no line injected by a client', async () => {
    const targets = [
      '/%1b[31mred%1b[0m', '/a%0aGET%20/admin/state%20200', '/%0d%0a%0d%0a', '/%c2%9b31m', '/%e2%80%ae%e2%81%a6/', '/%e2%80%a8next', '/\u009b31m', `/${'long'.repeat(2000)}`,
      '/v1.0/me/drive/root/delta%28token=%27secret%27%29', '/v1.0/me/drive/root/delta(token%3D%27secret%27)',
    ];
    for (const target of targets) await emulator.throwAt(ports.graph, Buffer.from(get(target), 'latin1'));
    expectHarmlessLog();
    expect(emulator.log()).toContain('GET /\\u{1b}[31mred\\u{1b}[0m 404');
    expect(emulator.log()).not.toContain('\nGET /admin/state 200');
    expect(emulator.log()).not.toContain('secret');
  });
});
