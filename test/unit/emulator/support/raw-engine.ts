import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A WebSocket that speaks Engine.IO by hand, frame by frame. */
export interface RawEngine {
  /** The next frame that has not been taken yet. */
  next(): Promise<string>;
  send(frame: string): void;
  /** Resolves with the close code when the connection is over. */
  closed: Promise<number>;
  /** The code of the network error, such as `ECONNRESET`. */
  errno(): string | undefined;
  close(): Promise<void>;
}

/** The URL of the handshake for a notificationUrl, as a client of this Engine.IO version requests it. */
export function engineUrl(notificationUrl: string, eio: 3 | 4): string {
  const url = new URL(notificationUrl);
  return `wss://${url.host}/socket.io/${url.search}&EIO=${eio}&transport=websocket`;
}

export async function rawEngine(url: string, ca: string): Promise<RawEngine> {
  const socket = new WebSocket(url, { ca });
  const frames: string[] = [];
  const waiting: ((frame: string) => void)[] = [];
  socket.on('message', (data: Buffer) => {
    const frame = data.toString();
    const taker = waiting.shift();
    if (taker === undefined) frames.push(frame);
    else taker(frame);
  });
  let errno: string | undefined;
  // ws does not report the errors of an open connection.
  socket.once('upgrade', (response) => {
    response.socket.on('error', (error: NodeJS.ErrnoException) => (errno = error.code));
  });
  socket.on('error', () => undefined);
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  await once(socket, 'open');
  return {
    next: async () => frames.shift() ?? (await new Promise<string>((resolve) => waiting.push(resolve))),
    send: (frame) => {
      socket.send(frame);
    },
    closed,
    errno: () => errno,
    close: async () => {
      socket.close();
      await closed;
    },
  };
}

/** The status that a handshake is refused with. */
export function refusedStatus(url: string, ca: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { ca, headers });
    socket.once('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0);
      response.resume();
    });
    socket.once('open', () => {
      socket.terminate();
      reject(new Error('the handshake was accepted'));
    });
    socket.on('error', reject);
  });
}
