import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Hono } from 'hono';
import { getRequestListener } from '@hono/node-server';
import { addPage } from '../../src/serve/page/routes.ts';

/** The Content-Security-Policy of the server of `--serve`. */
export const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

export type Fields = Record<string, unknown>;

/** A server that reports the state of a watch as the test says, for tests of the page. */
export interface ScriptedServe {
  readonly url: string;
  /** The answer to `/state`: these fields replace those of a single connected drive. */
  state: Fields;
  /** Adds records to the stream and to its history. */
  send(...records: readonly Fields[]): void;
  /** Sends a message about the stream itself. */
  say(event: string, data: Fields): void;
  /** Ends every stream and stops listening. */
  stop(): Promise<void>;
  /** Listens again on the same port; the history is empty unless `keep`. */
  start(options?: { keep?: boolean }): Promise<void>;
  /** How many streams are open. */
  readonly readers: number;
}

export async function scriptedServe(): Promise<ScriptedServe> {
  let remembered: { id: string; text: string }[] = [];
  let count = 0;
  const streams = new Set<ServerResponse>();
  let server: Server;
  let port = 0;
  const self = {
    get url() {
      return `http://127.0.0.1:${port}/`;
    },
    state: {} as Fields,
    get readers() {
      return streams.size;
    },
    send(...records: readonly Fields[]) {
      let text = '';
      for (const record of records) {
        count += 1;
        const message = { id: `id${count}`, text: `id: id${count}\ndata: ${JSON.stringify(record)}\n\n` };
        remembered.push(message);
        text += message.text;
      }
      for (const stream of streams) stream.write(text);
    },
    say(event: string, data: Fields) {
      for (const stream of streams) stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    },
    async stop() {
      for (const stream of streams) stream.end();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
    async start({ keep = false } = {}) {
      if (!keep) remembered = [];
      server = createServer((request, response) => {
        response.setHeader('content-security-policy', POLICY);
        response.setHeader('x-content-type-options', 'nosniff');
        const { pathname, searchParams } = new URL(request.url ?? '/', self.url);
        if (pathname === '/state') response.setHeader('content-type', 'application/json').end(JSON.stringify(stateOf(self.state)));
        else if (pathname === '/events') stream(response, request.headers['last-event-id']?.toString() ?? searchParams.get('lastEventId'));
        else void page(request, response);
      });
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      port = (server.address() as AddressInfo).port;
    },
  };
  const stream = (response: ServerResponse, lastId: string | null): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write('retry: 100\n\n');
    const at = lastId === null ? -1 : remembered.findIndex(({ id }) => id === lastId);
    if (lastId !== null && at < 0) response.write(`event: missed\ndata: ${JSON.stringify({ type: 'missed', reason: 'unknown-id', to: new Date().toISOString() })}\n\n`);
    response.write(remembered.slice(at + 1).map(({ text }) => text).join(''));
    streams.add(response);
    response.on('close', () => streams.delete(response));
  };
  const app = new Hono();
  addPage(app);
  const page = getRequestListener(app.fetch);
  await self.start();
  return self;
}

const STARTED_AT = new Date(Date.now() - 5 * 3_600_000).toISOString();

function stateOf(state: Fields): Fields {
  return {
    version: '0.1.0', startedAt: STARTED_AT, now: new Date().toISOString(), mode: 'changes', ready: true,
    targets: [drive('me', { name: "Ada Lovelace's OneDrive" })], totals: { events: 0 }, recent: [], ...state,
  };
}

/** One target of `/state`, connected by default. */
export function drive(target: string, fields: Fields = {}): Fields {
  const now = Date.now();
  return {
    target, state: 'connected', since: new Date(now - 5 * 3_600_000).toISOString(), caughtUp: true, renewAt: new Date(now + 42 * 60_000).toISOString(),
    lastDelayMs: 830, events: 12, reconnects: 0, gaps: 0, renewals: 4, ...fields,
  };
}

/** The record of a change. */
export function change(kind: string, path: string, { by = 'Ada Lovelace', at = Date.now(), target = 'me', previous, item }: { by?: string; at?: number; target?: string; previous?: Fields; item?: Fields } = {}): Fields {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return {
    type: 'change', time: new Date(at).toISOString(), target, change: kind,
    item: {
      id: `01${name}`, name, path, size: 24_310, folder: false, eTag: '"{1},2"', webUrl: `https://contoso-my.sharepoint.com/personal/ada/Documents${encodeURI(path)}`,
      lastModifiedDateTime: new Date(at - 830).toISOString(), lastModifiedBy: { user: { displayName: by, email: `${by.split(' ')[0]?.toLowerCase() ?? 'x'}@contoso.com` } }, ...item,
    },
    ...(previous === undefined ? {} : { previous }), via: 'push', changedToSeenMs: 830,
  };
}
