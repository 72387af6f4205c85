import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { io } from 'socket.io-client';
import type { Socket } from 'socket.io-client';
import { engineUrl, rawEngine, refusedStatus } from '../unit/emulator/support/raw-engine.ts';
import { runEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { RunningEmulator } from '../unit/emulator/support/running-emulator.ts';
import { steppedClock } from '../unit/emulator/support/stepped-clock.ts';

let running: RunningEmulator;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  await running.close();
});

const endpoint = async (path = '/v1.0/me/drive/root/subscriptions/socketIo') => {
  const answer = await running.graph(path);
  return { id: answer.string('id'), url: answer.string('notificationUrl'), json: answer.json };
};

/** The documented snippet, except for the certificate and reconnecting. */
function open(url: string): Socket {
  const socket = io(url, { transports: ['websocket'], ca: running.emulator.ca, reconnection: false, forceNew: true } as Parameters<typeof io>[1]);
  sockets.push(socket);
  return socket;
}

const once = <T = unknown>(socket: Socket, event: string): Promise<T> =>
  new Promise((resolve) => {
    socket.once(event, resolve);
  });

const connected = async (url: string): Promise<Socket> => {
  const socket = open(url);
  await once(socket, 'connect');
  return socket;
};

/** A silent link is noticed after both of these; long enough that a busy machine misses no ping while it connects. */
const SHORT_PINGS = { pingIntervalMs: 60, pingTimeoutMs: 2_000 };

describe('the push host with socket.io-client', () => {
  beforeEach(async () => {
    running = await runEmulator();
  });

  it('accepts the documented snippet and sends it a JSON string when a file changes', async () => {
    const { id, url, json } = await endpoint();
    const socket = await connected(url);
    const notification = once<string>(socket, 'notification');
    await writeFile(join(running.folder, 'new.txt'), 'hello');
    const payload = JSON.parse(await notification) as { value: Record<string, string>[] };
    expect(payload.value).toEqual([
      {
        subscriptionId: id,
        clientState: json.clientState,
        expirationDateTime: json.expirationDateTime,
        resource: json.resource,
        tenantId: running.emulator.user.tenantId,
        siteUrl: '/personal/ada_example_com',
        webId: running.emulator.drive.webId,
      },
    ]);
  });

  it('accepts long polling if configured to, and then has no pushn in its URLs', async () => {
    expect((await endpoint()).url).toContain('pushn');
    await running.close();
    running = await runEmulator({ polling: true });
    const { url } = await endpoint();
    expect(url).not.toContain('pushn');
    for (const transports of [['polling'], ['polling', 'websocket']]) {
      const socket = io(url, { transports, ca: running.emulator.ca, reconnection: false, forceNew: true } as Parameters<typeof io>[1]);
      sockets.push(socket);
      await once(socket, 'connect');
      const { engine } = socket.io;
      // The upgrade may be complete before the namespace is joined.
      if (transports.length > 1 && engine.transport.name === 'polling') await new Promise((resolve) => engine.once('upgrade', resolve));
      const notification = once(socket, 'notification');
      await running.admin('notify', { payload: 'hello' });
      expect(await notification).toBe('hello');
    }
    const stranger = io(url.replace(/token=w1-[\w-]+/, 'token=w1-unknown'), { transports: ['polling'], ca: running.emulator.ca, reconnection: false, forceNew: true } as Parameters<typeof io>[1]);
    sockets.push(stranger);
    expect((await once<Error>(stranger, 'connect_error')).message).toBe('xhr poll error');
  });

  it('refuses long polling', async () => {
    const { url } = await endpoint();
    const polling = io(url, { transports: ['polling'], ca: running.emulator.ca, reconnection: false, forceNew: true } as Parameters<typeof io>[1]);
    sockets.push(polling);
    expect((await once<Error>(polling, 'connect_error')).message).toBe('xhr poll error');
  });

  it('lets a client that polls upgrade to a WebSocket', async () => {
    await running.close();
    running = await runEmulator({ polling: true });
    for (const transports of [['polling'], ['polling', 'websocket']]) {
      const { url } = await endpoint();
      const socket = io(url, { transports, ca: running.emulator.ca, reconnection: false, forceNew: true } as Parameters<typeof io>[1]);
      sockets.push(socket);
      await once(socket, 'connect');
      if (socket.io.engine.transport.name !== transports.at(-1)) await new Promise((resolve) => socket.io.engine.once('upgrade', resolve));
      const notification = once(socket, 'notification');
      await running.admin('notify', { payload: 'x' });
      expect(await notification).toBe('x');
      expect(socket.io.engine.transport.name).toBe(transports.at(-1));
    }
  });

  it.each(['disconnect', 'reset', 'silent', 1001])('can drop a polling connection too: %s', async (how) => {
    await running.close();
    // Only silence is noticed by a missing ping. Before the drop, a busy machine may also miss one: then it connects again.
    const silent = how === 'silent';
    running = await runEmulator({ polling: true, ...(silent ? SHORT_PINGS : {}) });
    const socket = io((await endpoint()).url, { transports: ['polling'], ca: running.emulator.ca, reconnection: silent, forceNew: true } as Parameters<typeof io>[1]);
    sockets.push(socket);
    await once(socket, 'connect');
    const dropped = once(socket, 'disconnect');
    await running.admin('drop', { how });
    await dropped;
  });

  it('refuses polling with an unknown token, and with another endpoint\'s session', async () => {
    await running.close();
    running = await runEmulator({ polling: true });
    const { url } = await endpoint();
    const poll = (query: string) => running.send(`${running.emulator.pushUrl}/socket.io/?EIO=4&transport=polling&${query}`);
    const opened = await poll(new URL(url).searchParams.toString());
    const { sid } = JSON.parse(opened.text.slice(1)) as { sid: string };
    expect((await poll(`token=w1-unknown&sid=${sid}`)).status).toBe(401);
    const other = await endpoint();
    expect((await poll(`${new URL(other.url).searchParams.toString()}&sid=${sid}`)).status).toBe(401);
  });

  it('refuses a token that it does not know', async () => {
    const { url } = await endpoint();
    expect((await once<Error>(open(`${url.split('?')[0] ?? ''}?token=w1-unknown`), 'connect_error')).message).toBe('websocket error');
  });

  it.each(['/elsewhere', '/Notifications'])('answers 44 for the namespace %s', async (namespace) => {
    const { url } = await endpoint();
    const socket = open(url.replace('/notifications', namespace));
    expect((await once<Error>(socket, 'connect_error')).message).toBe('Invalid namespace');
  });

  it('accepts the main namespace next to the other, in either order, and sends nothing on it', async () => {
    const { url } = await endpoint();
    for (const joins of [['40', '40/notifications'], ['40/notifications,', '40']]) {
      const raw = await rawEngine(engineUrl(url, 4), running.emulator.ca);
      expect(await raw.next()).toMatch(/^0/);
      const answers: string[] = [];
      for (const join of joins) {
        raw.send(join);
        answers.push(await raw.next());
      }
      expect(answers.sort()).toEqual([expect.stringMatching(/^40\/notifications,\{"sid"/), expect.stringMatching(/^40\{"sid"/)]);
      await running.admin('notify', { payload: 'x', count: 2 });
      expect([await raw.next(), await raw.next()]).toEqual(['42/notifications,["notification","x"]', '42/notifications,["notification","x"]']);
      await raw.close();
    }
  });

  it('ends connections that joined only the main namespace when their endpoint expires', async () => {
    const { id, url } = await endpoint();
    const raw = await rawEngine(engineUrl(url, 4), running.emulator.ca);
    await raw.next();
    raw.send('40');
    expect(await raw.next()).toMatch(/^40\{"sid"/);
    await running.admin('expire', { endpoint: id });
    expect(await raw.next()).toBe('41');
    await raw.closed;
  });

  it('notifies every endpoint of every drive, each with its own ids', async () => {
    const paths = ['/v1.0/me/drive', `/v1.0/groups/${running.emulator.group!.id}/drive`];
    const endpoints = await Promise.all(paths.map((path) => endpoint(`${path}/root/subscriptions/socketIo`)));
    const clients = await Promise.all(endpoints.map(({ url }) => connected(url)));
    const received = clients.map((socket) => once<string>(socket, 'notification'));
    await running.admin('notify');
    const payloads = (await Promise.all(received)).map((text) => (JSON.parse(text) as { value: { subscriptionId: string; siteUrl: string }[] }).value[0]!);
    expect(payloads.map(({ subscriptionId }) => subscriptionId)).toEqual(endpoints.map(({ id }) => id));
    expect(payloads.map(({ siteUrl }) => siteUrl)).toEqual(['/personal/ada_example_com', '/sites/EngineeringGroup']);
  });

  it.each(['flat', 'object'])('can send the %s shape', async (shape) => {
    const { id, url } = await endpoint();
    const socket = await connected(url);
    await running.admin('shape', { shape });
    const notification = once(socket, 'notification');
    await running.admin('notify');
    const argument = await notification;
    if (shape === 'object') expect(argument).toMatchObject({ value: [{ subscriptionId: id }] });
    else expect(JSON.parse(argument as string)).toMatchObject({ subscriptionId: id, userId: running.emulator.user.id, subscriptionExpirationDateTime: expect.any(String) });
  });

  it('sends one notification per item that changed within the delay', async () => {
    await running.close();
    const clock = steppedClock();
    running = await runEmulator({ clock, notifyDelayMs: 5000 });
    const socket = await connected((await endpoint()).url);
    const received: unknown[] = [];
    socket.on('notification', (argument) => received.push(argument));
    for (const name of ['a', 'b', 'c', 'c']) {
      await appendFile(join(running.folder, name), name);
      await running.emulator.admin.rescan();
    }
    clock.step(4999);
    expect(running.emulator.admin.state().notificationsSent).toBe(0);
    clock.step(1);
    while (received.length < 4) await once(socket, 'notification');
    clock.step(60_000);
    expect(running.emulator.admin.state().notificationsSent).toBe(4);
  });
});

describe('an endpoint', () => {
  const clock = steppedClock();
  beforeEach(async () => {
    running = await runEmulator({ clock, lifetimeMs: 60_000 });
  });

  it('expires at its expirationDateTime: the socket is dropped and the token refused', async () => {
    const { url, json } = await endpoint();
    const expiry = json.expirationDateTime as string;
    expect(expiry).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);
    expect(Date.parse(expiry)).toBe(clock.now() + 60_000);
    const socket = await connected(url);
    const dropped = once(socket, 'disconnect');
    clock.step(59_999);
    expect(socket.connected).toBe(true);
    clock.step(1);
    expect(await dropped).toBe('io server disconnect');
    expect(await refusedStatus(engineUrl(url, 4), running.emulator.ca)).toBe(401);
    expect(running.emulator.admin.state().endpoints).toEqual([]);
  });

  it('is new with every request, so that renewals can overlap', async () => {
    const first = await endpoint();
    const second = await endpoint();
    expect(second.url).not.toBe(first.url);
    await connected(first.url);
    await connected(second.url);
    expect(running.emulator.admin.state().sockets).toBe(2);
  });
});

describe('the push host, on the wire', () => {
  beforeEach(async () => {
    running = await runEmulator({ pingIntervalMs: 50, pingTimeoutMs: 5000 });
  });

  it('speaks Engine.IO 4: open, connect, notification, ping, pong', async () => {
    const { url } = await endpoint();
    const raw = await rawEngine(engineUrl(url, 4), running.emulator.ca);
    const opened = await raw.next();
    expect(opened[0]).toBe('0');
    expect(JSON.parse(opened.slice(1))).toMatchObject({ upgrades: [], pingInterval: 50, pingTimeout: 5000 });
    raw.send('40/notifications,');
    let pings = 0;
    /** The next frame but pings, which come at any moment and are answered. */
    const frame = async (): Promise<string> => {
      for (let next = await raw.next(); ; next = await raw.next()) {
        if (next !== '2') return next;
        pings += 1;
        raw.send('3');
      }
    };
    expect(await frame()).toMatch(/^40\/notifications,\{"sid":"[^"]+"\}$/);
    await running.admin('notify', { payload: '{"a":"b"}' });
    expect(await frame()).toBe('42/notifications,["notification","{\\"a\\":\\"b\\"}"]');
    while (pings < 2) {
      expect(await raw.next()).toBe('2');
      pings += 1;
      raw.send('3');
    }
    await raw.close();
  });

  it('still speaks Engine.IO 3, where the client pings', async () => {
    const { url } = await endpoint();
    const raw = await rawEngine(engineUrl(url, 3), running.emulator.ca);
    expect((await raw.next())[0]).toBe('0');
    // socket.io 2 joins clients to the main namespace without being asked.
    expect(await raw.next()).toBe('40');
    raw.send(`40/notifications${new URL(url).search},`);
    expect(await raw.next()).toMatch(/^40\/notifications/);
    raw.send('2');
    expect(await raw.next()).toBe('3');
    await running.admin('notify', { payload: 'x' });
    expect(await raw.next()).toBe('42/notifications,["notification","x"]');
    await raw.close();
  });

  it('refuses and counts bearer tokens, which must never be sent here', async () => {
    const { url } = await endpoint();
    expect(await refusedStatus(engineUrl(url, 4), running.emulator.ca, { authorization: 'Bearer secret' })).toBe(403);
    expect(running.emulator.admin.state().bearersSeen).toBe(1);
  });

  it.each([
    ['an unknown path', (url: string) => url.replace('/socket.io/', '/other/'), 404],
    ['polling as the transport of an upgrade', (url: string) => url.replace('transport=websocket', 'transport=polling'), 400],
    ['no token', (url: string) => url.replace(/token=[^&]*/, 'token='), 401],
    ['a token that was decoded on the way', (url: string) => url.replace('token=w1-', 'token=w1+'), 401],
  ])('refuses a handshake with %s', async (_what, change, status) => {
    const { url } = await endpoint();
    expect(await refusedStatus(change(engineUrl(url, 4)), running.emulator.ca)).toBe(status);
  });

  it('answers plain requests as Engine.IO does, and any other path with 404', async () => {
    const polling = await running.send(`${running.emulator.pushUrl}/socket.io/?EIO=4&transport=polling`, { method: 'POST', body: 'x' });
    expect([polling.status, polling.text]).toEqual([400, '{"code":0,"message":"Transport unknown"}']);
    expect((await running.send(running.emulator.pushUrl, { method: 'POST', body: 'x' })).status).toBe(404);
  });

  it('listens on localhost with IPv4 and IPv6', async () => {
    const { url } = await endpoint();
    for (const host of ['127.0.0.1', '[::1]']) {
      const raw = await rawEngine(engineUrl(url.replace('localhost', host), 4), running.emulator.ca);
      expect((await raw.next())[0]).toBe('0');
      await raw.close();
    }
  });
});

describe('ways to lose a connection', () => {
  beforeEach(async () => {
    running = await runEmulator();
  });

  it.each([
    ['disconnect', 'io server disconnect'],
    ['reset', 'transport close'],
    [1000, 'transport close'],
    [1001, 'transport close'],
    [4500, 'transport close'],
  ])('drop %s is seen as %s', async (how, reason) => {
    const socket = await connected((await endpoint()).url);
    const dropped = once(socket, 'disconnect');
    expect((await running.admin('drop', { how })).json).toEqual({ dropped: 1 });
    expect(await dropped).toBe(reason);
  });

  it.each([
    [1001, 1001, undefined],
    ['reset', 1006, 'ECONNRESET'],
  ])('drop %s ends the WebSocket with %d', async (how, code, errno) => {
    const raw = await rawEngine(engineUrl((await endpoint()).url, 4), running.emulator.ca);
    await raw.next();
    raw.send('40/notifications,');
    await raw.next();
    await running.admin('drop', { how });
    expect(await raw.closed).toBe(code);
    expect(raw.errno()).toBe(errno);
  });

  it('drop silent lets the client run into its ping time-out, and sends it no notification', async () => {
    await running.close();
    running = await runEmulator(SHORT_PINGS);
    const socket = await connected((await endpoint()).url);
    const received: unknown[] = [];
    socket.on('notification', (argument) => received.push(argument));
    const dropped = once(socket, 'disconnect');
    await running.admin('drop', { how: 'silent' });
    await running.admin('notify');
    expect(await dropped).toBe('ping timeout');
    expect(received).toEqual([]);
  });

  it('drop hits only the endpoint that is named', async () => {
    const first = await endpoint();
    const one = await connected(first.url);
    const other = await connected((await endpoint()).url);
    const dropped = once(one, 'disconnect');
    await running.admin('drop', { how: 'disconnect', endpoint: first.id });
    await dropped;
    expect(other.connected).toBe(true);
  });

  it('closing the emulator ends every connection, including silent ones', async () => {
    const one = await connected((await endpoint()).url);
    const silent = await endpoint();
    const other = await connected(silent.url);
    await running.admin('drop', { how: 'silent', endpoint: silent.id });
    const dropped = Promise.all([once(one, 'disconnect'), once(other, 'disconnect')]);
    await running.emulator.close();
    expect(await dropped).toEqual(['transport close', 'transport close']);
  });

  it('expire ends endpoints early', async () => {
    const { url } = await endpoint();
    const dropped = once(await connected(url), 'disconnect');
    expect((await running.admin('expire')).json).toEqual({ expired: 1 });
    await dropped;
    expect(await refusedStatus(engineUrl(url, 4), running.emulator.ca)).toBe(401);
  });

  it('the next handshakes can be refused, and the next connects answered with 44', async () => {
    const { url } = await endpoint();
    await running.admin('refuse-handshakes', { count: 1, status: 502 });
    expect(await refusedStatus(engineUrl(url, 4), running.emulator.ca)).toBe(502);
    await running.admin('refuse-connects', { count: 1 });
    expect((await once<Error>(open(url), 'connect_error')).message).toBe('Invalid namespace');
    await connected(url);
  });

  it('notify sends any payload, as often as requested', async () => {
    const socket = await connected((await endpoint()).url);
    const received: unknown[] = [];
    const all = new Promise<void>((resolve) => {
      socket.on('notification', (argument) => {
        if (received.push(argument) === 2002) resolve();
      });
    });
    await running.admin('notify', { payload: 'no json {' });
    await running.admin('notify', { payload: { value: [1, null] } });
    await running.admin('notify', { payload: 'x', count: 2000 });
    await all;
    expect(received.slice(0, 3)).toEqual(['no json {', { value: [1, null] }, 'x']);
  });
});
