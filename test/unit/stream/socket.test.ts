import { createRequire } from 'node:module';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Connection, SocketOptions } from '../../../src/stream/connection.ts';
import { openSocket } from '../../../src/stream/socket.ts';
import { MOST_UNREAD } from '../../../src/stream/transport.ts';

const OPTIONS: SocketOptions = { connection: undefined, now: Date.now, redact: (text) => text, debug: () => undefined };

let close: (() => void) | undefined;
afterEach(() => {
  jest.restoreAllMocks();
  close?.();
  close = undefined;
});

describe('openSocket', () => {
  it('leaves nothing behind when it is aborted in the middle of a handshake', async () => {
    const reached = new AbortController();
    const server = createServer((socket) => {
      socket.once('data', () => { reached.abort(); });
    }).listen(0, '127.0.0.1');
    close = () => { server.close(); };
    await new Promise((resolve) => server.once('listening', resolve));
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/notifications?token=x`);

    const opening = openSocket(url, OPTIONS, reached.signal);
    await expect(opening).rejects.toMatchObject({ category: 'network' });
    // The crash that this detects came from a listener of the signal, outside of any promise.
    await new Promise((resolve) => setImmediate(resolve));
  });
});

type Frame = string | Buffer;

interface PushHost {
  send: (...frames: Frame[]) => void;
  /** The push host's end of the WebSocket. */
  peer: () => WebSocket;
  debugged: string[];
}

/** Connects to a hand-made push host that acknowledges the namespace with `first`. Each call of `send` is one TCP write. */
async function connectTo(...first: Frame[]): Promise<PushHost & { connection: Connection }> {
  const host = await pushHost(...first);
  return { ...host, connection: await host.open() };
}

async function pushHost(...first: Frame[]): Promise<PushHost & { open: () => Promise<Connection> }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  close = () => {
    for (const peer of server.clients) peer.terminate();
    server.close();
  };
  await new Promise((resolve) => server.once('listening', resolve));
  let send: (...frames: Frame[]) => void = () => undefined;
  let webSocket: WebSocket | undefined;
  const debugged: string[] = [];
  server.on('connection', (peer, { socket }: { socket: Socket }) => {
    webSocket = peer;
    socket.setNoDelay(true);
    send = (...frames) => {
      socket.cork();
      for (const frame of frames) peer.send(frame, { binary: typeof frame !== 'string' });
      socket.uncork();
    };
    peer.on('message', (data: Buffer) => {
      if (data.toString() === '40/notifications,') send(...first);
    });
    send('0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}');
  });
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/notifications?token=x`);
  return {
    open: () => openSocket(url, { ...OPTIONS, redact: (text) => text.replaceAll('secret', '[redacted]'), debug: (line) => debugged.push(line) }, new AbortController().signal),
    send: (...frames) => { send(...frames); },
    peer: () => {
      if (webSocket === undefined) throw new Error('nobody has connected');
      return webSocket;
    },
    debugged,
  };
}

async function takeAll(connection: Connection): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const some of connection) all.push(...some);
  return all;
}

/** The client's WebSocket class, which may be another copy of ws than the push host's. */
function clientClass(): typeof WebSocket {
  const engine = createRequire(createRequire(import.meta.url).resolve('engine.io-client'));
  return (engine('ws') as { WebSocket: typeof WebSocket }).WebSocket;
}

const ACKNOWLEDGED = '40/notifications,{"sid":"s"}';
const notification = (value: unknown): string => `42/notifications,${JSON.stringify(['notification', value])}`;

describe('a connection', () => {
  /** How a notification can arrive: on the fast path, and in two ways through socket.io. */
  const ways: ((n: number) => Frame[])[] = [
    (n) => [notification(n)],
    (n) => [notification(n)],
    (n) => [`42/notifications,${n}["notification",${n}]`],
    (n) => [`42/notifications, ["notification",${n}]`],
    () => ['2'],
  ];
  const attached = (n: number): Frame[] => ['451-/notifications,["notification",{"_placeholder":true,"num":0}]', Buffer.from(String(n))];

  it('passes everything on in the order of the wire, whichever path each frame takes, from the acknowledgement\'s own read on', async () => {
    const scripts = fc.array(fc.array(fc.nat(ways.length - 1), { maxLength: 6 }), { minLength: 1, maxLength: 5 });
    await fc.assert(fc.asyncProperty(scripts, fc.option(fc.nat(8), { nil: undefined }), async (script, attachedAt) => {
      let n = 0;
      const [first = [], ...others] = script.map((read) => read.flatMap((way) => {
        const frames = n === attachedAt ? attached(n) : ways[way]!(n);
        if (frames[0] !== '2') n += 1;
        return frames;
      }));
      const { connection, send } = await connectTo(ACKNOWLEDGED, ...first);
      for (const frames of others) {
        send(...frames);
        // Usually long enough for the next frames to be another read.
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      send('41/notifications,');
      expect((await takeAll(connection)).map(Number)).toEqual(Array.from({ length: n }, (_, index) => index));
      close?.();
    }), { numRuns: 50 });
  });

  it('passes on nothing of another namespace, or after the end', async () => {
    const { connection, send } = await connectTo(ACKNOWLEDGED, notification(1), '42/other,["notification","other"]');
    send(notification(2), '41/notifications,', notification('late'));
    send(notification('later'));
    expect(await takeAll(connection)).toEqual([1, 2]);
    expect(await connection.ended).toMatch(/the server ended the session/);
  });

  it('that is acknowledged again stays the same connection, and passes everything on once', async () => {
    const { connection, send, debugged } = await connectTo(ACKNOWLEDGED, ACKNOWLEDGED, notification(1));
    send(ACKNOWLEDGED, notification(2), '41/notifications,');
    expect(await takeAll(connection)).toEqual([1, 2]);
    expect(debugged.filter((line) => line.endsWith('is acknowledged'))).toHaveLength(1);
  });

  it('passes on what arrived before it was closed, and nothing after that', async () => {
    const { connection, send } = await connectTo(ACKNOWLEDGED);
    send(notification(1));
    const taken = connection[Symbol.asyncIterator]();
    expect((await taken.next()).value).toEqual([1]);
    connection.close('enough');
    send(notification('late'));
    expect(await taken.next()).toEqual({ done: true, value: undefined });
  });

  it('passes on what came before a broken frame in the same read', async () => {
    const { connection, send } = await connectTo(ACKNOWLEDGED);
    send(notification(1), '42/notifications,["notification",', notification('late'));
    expect(await takeAll(connection)).toEqual([1]);
    expect(await connection.ended).toBe('the server sent a frame that is not Socket.IO');
  });
});

describe('a peer that breaks the protocol', () => {
  it.each<[string, ...Frame[]]>([
    ['an event without a payload', '42/notifications,'],
    ['an event of the root namespace without a payload', '42'],
    ['an event with an id and no payload', '42/notifications,7'],
    ['an empty event', '42/notifications,[]'],
    ['an event that is an object', '42/notifications,{"notification":1}'],
    ['an event with a reserved name', '42/notifications,["disconnect"]'],
    ['a refusal without a payload', '44/notifications,'],
    ['a refusal of another namespace without a payload', '44/other,'],
    ['a refusal that is a number', '44/notifications,5'],
    ['a refusal that is null', '44/notifications,null'],
    ['a refusal whose message cannot be converted to a string', '44/notifications,{"message":{"toString":1}}'],
    ['a refusal whose message is an array', '44/notifications,{"message":[]}'],
    ['an acknowledgement that is not an array', '43/notifications,1{}'],
    ['a binary event without a payload', '451-/notifications,', Buffer.from('x')],
    ['a binary event that lacks its attachment', '451-/notifications,["notification",{"_placeholder":true,"num":5}]', Buffer.from('x')],
    ['text in place of an attachment', '451-/notifications,["notification",{"_placeholder":true,"num":0}]', '42/notifications,["x"]'],
    ['an attachment without an event', Buffer.from('x')],
    ['too many attachments', '4599999-/notifications,["notification"]'],
    ['an unknown packet', '49/notifications,["notification"]'],
    ['an empty Socket.IO packet', '4'],
    ['an unknown engine packet', '9'],
    ['an empty frame', ''],
    ['another opening', '0{"sid":"s2","pingInterval":1e300,"pingTimeout":1}'],
    ['an opening that is not JSON', '0{'],
    ['empty base64', 'b'],
    ['endless brackets', `42/notifications,["notification",${'['.repeat(100_000)}`],
  ])('by %s loses only that connection', async (_what, ...frames) => {
    const { connection, send } = await connectTo(ACKNOWLEDGED);
    send(notification(1), ...frames);
    expect(await connection.ended).not.toBe('');
    expect(await takeAll(connection)).toEqual([1]);
  });

  it.each(['42/notifications,', '44/notifications,', '44/notifications,{"message":{"toString":1}}', '40/notifications,', '40/notifications,{"sid":{}}x', '42/notifications,["a"', '0{}'])(
    'before it acknowledges, with %j, is not connected', async (frame) => {
      const { open } = await pushHost(frame);
      await expect(open()).rejects.toMatchObject({ category: 'network' });
    },
  );

  it('and sends a secret in its refusal is quoted without it, and shortened', async () => {
    const { open, debugged } = await pushHost(`44/notifications,${JSON.stringify({ message: `no secret\n${'/ '.repeat(200_000)}` })}`);
    const error = await open().catch((thrown: unknown) => thrown as Error);
    expect((error as Error).message).toMatch(/^could not connect to the push host: no \[redacted\] \/ \/ [/ ]*…$/);
    expect((error as Error).message.length).toBeLessThan(400);
    expect(debugged.at(-1)).toBe(`push host ${debugged[0]!.split(' ')[2]!} not connected: ${(error as Error).message}`);
  });
});

describe('a peer that floods', () => {
  it('events before it acknowledges is disconnected', async () => {
    const { open } = await pushHost(...Array.from({ length: 40 }, () => `42/notifications,["notification","${'x'.repeat(50_000)}"]`));
    await expect(open()).rejects.toMatchObject({ message: expect.stringContaining('the server sent too much data before acknowledging the namespace') as unknown });
  });

  it.each<[string, (peer: WebSocket) => void]>([
    ['pings of WebSocket itself', (peer) => { peer.ping('x'.repeat(100)); }],
    ['pings of both kinds', (peer) => { peer.ping('x'.repeat(100)); peer.send('2'); }],
  ])('%s but does not read is disconnected before the answers fill the memory', async (_what, ask) => {
    const { connection, peer } = await connectTo(ACKNOWLEDGED);
    const webSocket = peer();
    webSocket.pause();
    let open = true;
    void connection.ended.then(() => { open = false; });
    const taking = takeAll(connection);
    while (open) {
      for (let i = 0; i < 5_000; i += 1) ask(webSocket);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await connection.ended).toBe('the connection failed: the server keeps pinging but reads no replies');
    await taking;
  });

  it('only Engine.IO pings but does not read is disconnected too', async () => {
    const { connection, send, peer } = await connectTo(ACKNOWLEDGED);
    // A million of these answers fit into the system's buffers before any of them waits here.
    const waiting = jest.spyOn(clientClass().prototype, 'bufferedAmount', 'get').mockReturnValue(MOST_UNREAD);
    const answered = new Promise((resolve) => { peer().on('message', (data: Buffer) => { if (data.toString() === '3') resolve(true); }); });
    send('2');
    expect(await answered).toBe(true);
    waiting.mockReturnValue(MOST_UNREAD + 1);
    send('2');
    expect(await connection.ended).toBe('the connection failed: the server keeps pinging but reads no replies');
  });

  it('long notifications while nobody takes them is paused, and loses none', async () => {
    const { connection, peer, debugged } = await connectTo(ACKNOWLEDGED);
    const webSocket = peer();
    const text = 'x'.repeat(4 * 1024 * 1024);
    let read = 0;
    const all = 24;
    for (let n = 0; n < all; n += 1) webSocket.send(`42/notifications,["notification","${n}${text}"]`, () => { read += 1; });
    for (let turn = 0; turn < 1_000 && read < all; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(debugged).toContainEqual(expect.stringContaining('the reader is behind: paused'));
    expect(read).toBeLessThan(all);
    const taken: string[] = [];
    for await (const some of connection) {
      taken.push(...(some as string[]).map((one) => one.slice(0, -text.length)));
      if (taken.length === all) connection.close('enough');
    }
    expect(taken).toEqual(Array.from({ length: all }, (_, n) => String(n)));
  });
});

describe('--debug', () => {
  it('logs how the connection began, lived and ended, without secrets', async () => {
    const { connection, send, peer, debugged } = await connectTo(ACKNOWLEDGED);
    send('2', '42/notifications,["other secret","x"]');
    peer().close(1011, 'a secret reason');
    await connection.ended;
    expect(debugged.map((line) => line.replace(/^push host 127\.0\.0\.1:\d+: /, ''))).toEqual([
      'connecting', 'the WebSocket is open', 'the session is open: a ping every 25000 ms, to be answered within 20000 ms',
      'the namespace /notifications is acknowledged', 'ping', 'it sent an unknown event: "other [redacted]"',
      'the connection is over: the connection was closed (1011)',
    ]);
  });
});
