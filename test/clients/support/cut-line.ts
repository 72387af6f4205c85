import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** CutLine is a connection to a server that is cut, or falls silent, at some point. */
export interface CutLine {
  url: string;
  close(): Promise<void>;
}

/** When that happens: before the client's first data with this word (`said`), or after the server's first line with it (`heard`). */
export type Moment = { said: string } | { heard: string };

/** `cutLine` passes everything on until then. After that, connections are refused (`cut`), or nothing answers (`silent`). */
export async function cutLine(server: string, moment: Moment, how: 'cut' | 'silent'): Promise<CutLine> {
  const { hostname, port } = new URL(server);
  const sockets = new Set<Socket>();
  let isOver = false;
  const over = (): void => {
    isOver = true;
    if (how === 'cut') void close();
  };
  const line = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    client.once('close', () => { upstream.destroy(); });
    client.on('data', (data) => {
      if ('said' in moment && data.includes(moment.said)) over();
      if (!isOver) upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (isOver) return;
      const at = 'heard' in moment ? data.indexOf(moment.heard) : -1;
      if (at < 0) client.write(data);
      else client.write(data.subarray(0, data.indexOf('\r\n', at) + 2), over);
    });
  });
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    if (!line.listening) return;
    line.close();
    await once(line, 'close');
  };
  line.listen(0, '127.0.0.1');
  await once(line, 'listening');
  return { url: `nats://127.0.0.1:${String((line.address() as AddressInfo).port)}`, close };
}
