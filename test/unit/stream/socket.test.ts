import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WebSocketServer } from 'ws';
import { openSocket, type Connection } from '../../../src/stream/socket.ts';

let close: (() => void) | undefined;
afterEach(() => {
  close?.();
  close = undefined;
});

describe('openSocket', () => {
  it('leaves nothing behind when it is told to stop in the middle of a handshake', async () => {
    const reached = new AbortController();
    const server = createServer((socket) => {
      socket.once('data', () => { reached.abort(); });
    }).listen(0, '127.0.0.1');
    close = () => { server.close(); };
    await new Promise((resolve) => server.once('listening', resolve));
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/notifications?token=x`);

    const opening = openSocket(url, { agent: undefined, secureContext: undefined, now: Date.now, debug: () => undefined }, reached.signal);
    await expect(opening).rejects.toMatchObject({ category: 'network' });
    // The crash this shows came from a listener of the signal, outside of any promise.
    await new Promise((resolve) => setImmediate(resolve));
  });
});

type Frame = string | Buffer;

/** A connection to a push host by hand, which acknowledges the namespace with `first`. Each call of `send` is one TCP write. */
async function connectTo(...first: Frame[]): Promise<{ connection: Connection; send: (...frames: Frame[]) => void }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  close = () => {
    for (const peer of server.clients) peer.terminate();
    server.close();
  };
  await new Promise((resolve) => server.once('listening', resolve));
  let send: (...frames: Frame[]) => void = () => undefined;
  server.on('connection', (peer, { socket }: { socket: Socket }) => {
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
  const connection = await openSocket(
    url, { agent: undefined, secureContext: undefined, now: Date.now, debug: () => undefined }, new AbortController().signal,
  );
  return { connection, send };
}

async function takeAll(connection: Connection): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const some of connection) all.push(...some);
  return all;
}

const ACKNOWLEDGED = '40/notifications,{"sid":"s"}';
const notification = (value: unknown): string => `42/notifications,${JSON.stringify(['notification', value])}`;

describe('a connection', () => {
  /** How a notification can come: past socket.io, and in two ways through it. */
  const ways: ((n: number) => Frame[])[] = [
    (n) => [notification(n)],
    (n) => [notification(n)],
    (n) => [`42/notifications,${n}["notification",${n}]`],
    (n) => [`42/notifications, ["notification",${n}]`],
    () => ['2'],
  ];
  const attached = (n: number): Frame[] => ['451-/notifications,["notification",{"_placeholder":true,"num":0}]', Buffer.from(String(n))];

  it('gives all in the order of the wire, whichever way each comes, from the acknowledgement\'s own read on', async () => {
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
        // Long enough, as a rule, that the next is another read.
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      send('41/notifications,');
      expect((await takeAll(connection)).map(Number)).toEqual(Array.from({ length: n }, (_, index) => index));
      close?.();
    }), { numRuns: 50 });
  }, 20_000);

  it('gives nothing that is another namespace\'s, or behind the end', async () => {
    const { connection, send } = await connectTo(ACKNOWLEDGED, notification(1), '42/other,["notification","other"]');
    send(notification(2), '41/notifications,', notification('late'));
    send(notification('later'));
    expect(await takeAll(connection)).toEqual([1, 2]);
    expect(await connection.ended).toMatch(/the server ended the session/);
  });

  it('gives what arrived before it was closed, and nothing after', async () => {
    const { connection, send } = await connectTo(ACKNOWLEDGED);
    send(notification(1));
    const taken = connection[Symbol.asyncIterator]();
    expect((await taken.next()).value).toEqual([1]);
    connection.close('enough');
    send(notification('late'));
    expect(await taken.next()).toEqual({ done: true, value: undefined });
  });

  it('still gives what the frame that breaks it came behind, in the same read', async () => {
    const { connection, send } = await connectTo(ACKNOWLEDGED);
    send(notification(1), '42/notifications,["notification",', notification('late'));
    expect(await takeAll(connection)).toEqual([1]);
    expect(await connection.ended).toMatch(/no socket.io/);
  });
});
