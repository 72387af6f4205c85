import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EmulatorProcess } from '../support/emulator-process.ts';
import { get, hostileTo } from '../support/hostile.ts';
import type { HostileTo } from '../support/hostile.ts';
import { runEmulator } from '../unit/emulator/support/running-emulator.ts';

const SEED = Number(process.env.FUZZ_SEED ?? 20261127);
const RUNS = Number(process.env.FUZZ_RUNS ?? 150);

let emulator: EmulatorProcess;
let ports: HostileTo['ports'];
let throwFrames: HostileTo['throwFrames'];
let expectHarmlessLog: HostileTo['expectHarmlessLog'];
beforeAll(async () => {
  ({ emulator, ports, throwFrames, expectHarmlessLog } = await hostileTo());
});
afterAll(async () => {
  // It ended because of the signal, and not earlier.
  expect(await emulator.stop()).toBe(143);
});

describe('arbitrary input does no harm', () => {
  const piece = fc.oneof(
    fc.constantFrom('/', '//', '%', '%00', '%1b', '%0a', '..', '\\', '?', '#', ':', '@', '[', ']', '(token=', 'v1.0', 'me', 'drive', 'root', 'delta', 'admin', 'device', 'common', 'oauth2', 'socket.io', 'transport=websocket', 'EIO=4', 'sid=', 'token='),
    fc.string({ unit: 'grapheme', maxLength: 8 }).map((text) => encodeURI(text.toWellFormed())),
    fc.string({ unit: 'binary-ascii', maxLength: 6 }),
  );
  const target = fc.array(piece, { maxLength: 10 }).map((pieces) => `/${pieces.join('').replaceAll(/[\0-\x20\x7f]/g, '')}`);
  const header = fc.oneof(
    fc.constantFrom(
      'Host: attacker.example', 'Host: [', 'Host: localhost:99999', 'Host: localhost@attacker.example', 'Connection: Upgrade', 'Upgrade: websocket', 'Upgrade: h2c', 'Expect: 100-continue', 'Expect: nonsense',
      'Content-Length: 3', 'Content-Length: -1', 'Transfer-Encoding: chunked', 'Transfer-Encoding: gzip, chunked', 'Content-Type: application/x-www-form-urlencoded', 'Content-Type: ;;;', 'Origin: null',
      'Authorization: Bearer', 'Authorization: Basic !!!', 'Authorization: Bearer \u00ff', 'client-request-id: \u009b31m', 'Accept-Encoding: ,,,', 'Range: bytes=-', 'If-Match: "', 'Cookie: ;=;', 'Prefer: ,',
      'Sec-WebSocket-Key: x', 'Sec-WebSocket-Version: 13', 'X-Emulator-Admin: 1',
    ),
    fc.tuple(fc.string({ unit: 'binary-ascii', maxLength: 10 }), fc.string({ unit: 'binary', maxLength: 30 })).map(([name, value]) => `${name}: ${value}`.replaceAll(/[\r\n]/g, '')),
  );
  const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE', 'CONNECT', 'PROPFIND', 'M-SEARCH', 'get');
  const httpRequest = fc.tuple(method, target, fc.array(header, { maxLength: 6 }), fc.string({ unit: 'binary', maxLength: 60 })).map(
    ([verb, path, headers, body]) => `${verb} ${path} HTTP/1.1\r\n${headers.some((line) => line.startsWith('Host:')) ? '' : 'Host: localhost\r\n'}${headers.join('\r\n')}${headers.length > 0 ? '\r\n' : ''}\r\n${body}`,
  );
  const sends = fc.oneof({ weight: 9, arbitrary: httpRequest }, { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) });

  it('as a request', async () => {
    await fc.assert(
      fc.asyncProperty(sends, fc.boolean(), async (bytes, toPush) => {
        await emulator.throwAt(toPush ? ports.push : ports.graph, Buffer.from(bytes, 'latin1'));
        expect(await emulator.probe()).toBe(200);
      }),
      { seed: SEED, numRuns: RUNS, endOnFailure: true },
    );
    expectHarmlessLog();
  });

  const packet = fc.oneof(
    fc.tuple(
      fc.constantFrom('0', '1', '2', '3', '4', '40', '41', '42', '43', '44', '45', '46', '47', '451-', '450-', '46-', 'b4'),
      fc.constantFrom('', '/', '/notifications', '/notifications,', '/notifications?x=1,', '/elsewhere,', '//', '/[,'),
      fc.constantFrom('', '0', '12', '99999999999999999999999', '-1', '1e3'),
      fc.oneof(fc.constantFrom('', '[]', '["error"]', '["disconnect"]', '["notification",1]', '{}', '{"sid":1}', 'null', '"', '[{"_placeholder":true,"num":-1}]', '["__proto__"]', '["constructor",null]'), fc.json()),
    ).map((parts) => parts.join('')),
    fc.string({ unit: 'grapheme', maxLength: 30 }),
    fc.uint8Array({ maxLength: 20 }),
  );

  it('as frames', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(packet, { minLength: 1, maxLength: 8 }), fc.boolean(), fc.constantFrom(3 as const, 4 as const), async (packets, joined, eio) => {
        await throwFrames([...(joined ? ['40/notifications,'] : []), ...packets], eio);
        expect(await emulator.probe()).toBe(200);
      }),
      { seed: SEED, numRuns: RUNS, endOnFailure: true },
    );
    expectHarmlessLog();
  });

  it('as a form of the sign-in service', async () => {
    const part = fc.oneof(fc.constantFrom('', 'e30', 'e30=', '....', 'eyJhbGciOiJub25lIn0', 'eyJhbGciOiJSUzI1NiIsIng1YyI6WyJBQUFBIl19', 'bnVsbA', 'W10', 'eyJpc3MiOjEsImV4cCI6MWU5OTl9'), fc.base64String());
    const jwt = fc.tuple(part, part, part).map((parts) => parts.join('.'));
    const value = fc.oneof(fc.constantFrom('', 'x', '14d82eec-204b-4c2f-b7e8-296a70dab67e', '__proto__', 'https://graph.microsoft.com/.default', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'), fc.string({ unit: 'binary', maxLength: 20 }), jwt);
    const grant = fc.oneof(fc.constantFrom('authorization_code', 'refresh_token', 'client_credentials', 'device_code', 'urn:ietf:params:oauth:grant-type:device_code', 'password'), value);
    const names = ['client_id', 'scope', 'client_secret', 'client_assertion', 'client_assertion_type', 'code', 'code_verifier', 'redirect_uri', 'refresh_token', 'device_code', 'client_info', 'user', 'other', 'decision', 'request'];
    const fields = fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 8 });
    const path = fc.constantFrom('/common/oauth2/v2.0/token', '/example.com/oauth2/v2.0/token', '/common/oauth2/v2.0/devicecode', '/device', '/device/decision', '/sign-in/decision', '/%00/oauth2/v2.0/token', '/common/oauth2/nativeclient');
    const authorization = fc.oneof(fc.constantFrom('', 'Authorization: Basic Og==\r\n', 'Authorization: Basic JTo=\r\n', 'Authorization: Basic \r\n'), fc.base64String().map((text) => `Authorization: Basic ${text}\r\n`));
    await fc.assert(
      fc.asyncProperty(path, grant, fields, authorization, async (to, grantType, pairs, header) => {
        const body = new URLSearchParams([['grant_type', grantType], ...pairs]).toString();
        const origin = `Origin: https://localhost:${ports.graph}\r\n`;
        const answer = await emulator.throwAt(
          ports.graph,
          `POST ${to} HTTP/1.1\r\nHost: localhost:${ports.graph}\r\n${origin}${header}Connection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
        );
        expect(answer).not.toMatch(/^HTTP\/1\.1 5/);
        expect(await emulator.probe()).toBe(200);
      }),
      { seed: SEED, numRuns: RUNS, endOnFailure: true },
    );
    expectHarmlessLog();
  });

  it('at the authorization endpoint', async () => {
    const value = fc.oneof(
      fc.constantFrom('code', 'http://localhost:1/', 'http://localhost:99999/', 'http://[::1]:1/x?y=z#f', 'https://login.microsoftonline.com/common/oauth2/nativeclient', 'http://localhost:1/\r\nX: y', 'S256', 'plain', 'query', 'fragment', 'form_post', 'none', 'a'.repeat(43)),
      fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.toWellFormed()),
    );
    const names = ['client_id', 'redirect_uri', 'response_type', 'response_mode', 'scope', 'state', 'nonce', 'code_challenge', 'code_challenge_method', 'login_hint', 'prompt'];
    const query = fc.array(fc.tuple(fc.constantFrom(...names), value), { minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(query, async (pairs) => {
        const filled = new URLSearchParams({ client_id: 'x', redirect_uri: 'http://localhost:1/', response_type: 'code' });
        for (const [name, text] of pairs) filled.set(name, text);
        const answer = await emulator.throwAt(ports.graph, get(`/common/oauth2/v2.0/authorize?${filled.toString()}`));
        const [head = ''] = answer.split('\r\n\r\n');
        expect(head).not.toMatch(/^HTTP\/1\.1 5|^X: y/m);
        const [, location = 'http://localhost/'] = /^location: (.*)\r$/im.exec(head) ?? [];
        expect(['localhost', '127.0.0.1', '[::1]']).toContain(new URL(location).hostname);
      }),
      { seed: SEED, numRuns: RUNS, endOnFailure: true },
    );
    expectHarmlessLog();
  });

  it('by long polling', async () => {
    // In this process: an exception in a callback of Engine.IO fails the test.
    const polling = await runEmulator({ polling: true });
    try {
      const url = String((await polling.graph('/v1.0/me/drive/root/subscriptions/socketIo')).json.notificationUrl);
      const base = `${polling.emulator.pushUrl}/socket.io/${new URL(url).search}&transport=polling`;
      const payload = fc.array(packet.filter((each) => typeof each === 'string'), { minLength: 1, maxLength: 5 }).map((packets) => packets.join('\u001e'));
      await fc.assert(
        fc.asyncProperty(fc.array(payload, { maxLength: 3 }), fc.constantFrom('GET', 'POST', 'PUT', 'OPTIONS'), fc.constantFrom('3', '4', '', 'x'), async (payloads, method, eio) => {
          const opened = await polling.send(`${base}&EIO=4`);
          const sid = /"sid":"([^"]+)"/.exec(opened.text)?.[1] ?? '';
          const sends = payloads.map((body) => polling.send(`${base}&EIO=${eio}&sid=${sid}`, { method: 'POST', body, headers: { 'content-type': 'text/plain' } }).catch(() => undefined));
          await Promise.all([...sends, polling.send(`${base}&EIO=${eio}&sid=nobody`, { method })]);
          expect((await polling.send('/sign-in/style.css')).status).toBe(200);
        }),
        { seed: SEED, numRuns: RUNS, endOnFailure: true },
      );
    } finally {
      await polling.close();
    }
  });
});
