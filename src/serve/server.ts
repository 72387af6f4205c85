import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { codeOf, toError, usageError } from '../errors.ts';
import type { WatchEvent } from '../events.ts';
import type { Clock } from '../surroundings.ts';
import { VERSION } from '../version.ts';
import { hostInUrl, type ServeAddress } from './address.ts';
import { createApp } from './app.ts';
import type { ChangeQuery, ChangeTest } from './events-query.ts';
import { Guard } from './guard.ts';
import { Metrics, type ActionResult, type Gauges } from './metrics.ts';
import { Readers } from './readers.ts';
import { RecentEvents, type RecordTexts } from './recent-events.ts';
import { WatchState, type Recorded, type Watched } from './watch-state.ts';

export interface ServerOptions extends RecordTexts, Gauges {
  address: ServeAddress;
  /** Needed for all but probes, if there is one. */
  token: string | undefined;
  clock: Clock;
  /** The time of what is shown, if it is not the present. */
  now?: (() => number) | undefined;
  redact: (text: string) => string;
  /** Called once for each problem. */
  warn: (message: string) => void;
  mode: 'changes' | 'notifications';
  watching: () => readonly Watched[];
  /** Whether there may be more targets, about which Graph is still being asked. */
  isLookingUp?: (() => boolean) | undefined;
  standby?: (() => boolean) | undefined;
  recorded?: Recorded | undefined;
  /** The drive's display name, if known. */
  name: () => string | undefined;
  changeFilter: (query: ChangeQuery) => ChangeTest;
  /** How much is remembered: records, bytes, and lifecycle records. */
  memory?: { most: number; mostBytes: number };
}

/** WatchServer shows over HTTP what a watch is doing. Nothing in it can make the watch fail. */
export interface WatchServer {
  /** Its address: `http://127.0.0.1:8080/`. */
  readonly url: string;
  /** Call it with each event, once it has been printed. */
  event(event: WatchEvent): void;
  acted(result: ActionResult, events: number): void;
  /** Sends the readers this reason, and stops. */
  close(reason: string): Promise<void>;
}

const MEMORY = { most: 10_000, mostBytes: 16 * 1024 * 1024 };
const MOST_LIFECYCLE = 200;
const MOST_READERS = 50;
/** How many connections may be open; a browser has six, a probe one. */
const MOST_CONNECTIONS = 250;
const LONGEST_HEADERS_BYTES = 16 * 1024;
/** How long a client may take to send a request, and to leave a connection unused. In milliseconds. */
const REQUEST_WITHIN_MS = 10_000;
const IDLE_MS = 5_000;
const LOOK_EVERY_MS = 2_000;
/** How long closing the readers' streams may take, in milliseconds. */
const CLOSE_WITHIN_MS = 250;
const KEEP_ALIVE_MS = 30_000;

/** `startServer` starts to listen. Rejects with a usage error if the address cannot be used. */
export async function startServer(options: ServerOptions): Promise<WatchServer> {
  const { address, clock, redact, mode, name } = options;
  const over = new AbortController();
  const warn = warnOnce(options.warn);
  const shown = options.now === undefined ? clock : { ...clock, now: options.now };
  const state = new WatchState({ ...options, clock: shown });
  const recent = new RecentEvents({ ...options, ...(options.memory ?? MEMORY) });
  const readers = new Readers({ recent, clock, most: MOST_READERS, signal: over.signal });
  const metrics = new Metrics({ ...options, version: VERSION, state, readers: () => readers.count, remembered: () => recent.count });
  let lifecycle: string[] = [];
  const describe = (): unknown => ({
    ...state.describe({ version: VERSION, mode, name: name() }),
    recent: lifecycle.map((record) => JSON.parse(record) as unknown),
    events: { remembered: recent.count, ...times(recent), readers: readers.count },
  });
  const app = createApp({
    guard: new Guard(options.token), state, metrics, readers, describe, changeFilter: options.changeFilter, redact,
    onFault: ({ message }) => { warn(`--serve failed to answer: ${message}`); },
  });
  const answer = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const server = createServer({ maxHeaderSize: LONGEST_HEADERS_BYTES, headersTimeout: REQUEST_WITHIN_MS, requestTimeout: REQUEST_WITHIN_MS, keepAliveTimeout: IDLE_MS, connectionsCheckingInterval: LOOK_EVERY_MS }, (request, response) => {
    void answer(request, response);
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.on('connection', (socket: Socket) => {
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
  });
  const port = await listen(server, address);
  server.on('error', (error) => { warn(`--serve: ${error.message}`); });

  const guarded = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      warn(`--serve failed: ${toError(error).message}`);
    }
  };
  return {
    url: `http://${hostInUrl(address.host)}:${port}/`,
    event(event) {
      guarded(() => {
        const delayMs = delayOf(event, shown.now());
        state.note(event, delayMs);
        metrics.note(event, delayMs);
        if (!recent.add(event)) return;
        if (event.type !== 'change' && event.type !== 'notification') lifecycle = [...lifecycle, recent.at(recent.end - 1)?.record ?? ''].slice(-MOST_LIFECYCLE);
        readers.wake();
      });
    },
    acted(result, events) {
      guarded(() => { metrics.acted(result, events); });
    },
    async close(reason) {
      guarded(() => { readers.close(reason); });
      const closed = new Promise<void>((resolve) => { server.close(() => { resolve(); }); });
      await Promise.race([closed, clock.sleep(CLOSE_WITHIN_MS, over.signal)]);
      over.abort();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: Server, { host, port }: ServeAddress): Promise<number> {
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (error) {
    const at = `${hostInUrl(host)}:${port}`;
    const reasons: Readonly<Record<string, string>> = {
      EADDRINUSE: 'the port is already in use', EACCES: 'permission denied', EADDRNOTAVAIL: 'this machine has no such address', ENOTFOUND: 'the host is not known',
    };
    throw usageError(`Cannot serve at ${at}: ${reasons[codeOf(error) ?? ''] ?? toError(error).message}.`, 'Choose another port, or 0 for any free one.');
  }
  return (server.address() as AddressInfo).port;
}

/** Returns the time from a change to its line in milliseconds, or `undefined` if Graph does not say when the change was made. */
function delayOf(event: WatchEvent, now: number): number | undefined {
  return event.type === 'change' && event.changedToSeenMs !== undefined ? event.changedToSeenMs + Math.max(0, now - event.time) : undefined;
}

function times(recent: RecentEvents): { oldest?: string } {
  const oldest = recent.at(recent.oldest)?.event.time;
  return oldest === undefined ? {} : { oldest: new Date(oldest).toISOString() };
}

/** Mentions a problem once that may occur with every event or request. */
function warnOnce(warn: (message: string) => void): (message: string) => void {
  const said = new Set<string>();
  return (message) => {
    if (said.has(message) || said.size >= 20) return;
    said.add(message);
    warn(message);
  };
}
