import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager, type JetStreamManager, type StoredMsg } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';

/** A real nats-server with a store of its own, which can be killed and started again at the same address. */
export interface NatsServer {
  readonly url: string;
  start(): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Removes everything that it has stored; call it while the server is not running. */
  wipe(): void;
  manager(): Promise<JetStreamManager>;
  /** The messages of the stream, in order. */
  messages(stream?: string): Promise<StoredMsg[]>;
  /** Resolves with the stream's messages once there are this many. */
  until(count: number, stream?: string): Promise<StoredMsg[]>;
  close(): Promise<void>;
}

export function isNatsInstalled(): boolean {
  return spawnSync('nats-server', ['--version']).status === 0;
}

/** Creates a server, not yet started. `flags`: more of its command line. */
export async function natsServer(flags: readonly string[] = ['-js']): Promise<NatsServer> {
  const store = mkdtempSync(join(tmpdir(), 'graph-watch-nats-'));
  // The port has to stay the same after a restart.
  const port = await freePort();
  let server: ChildProcess | undefined;
  const connections: NatsConnection[] = [];
  const kill = async (): Promise<void> => {
    const running = server;
    server = undefined;
    if (running?.kill('SIGKILL') === true) await once(running, 'exit');
  };
  const found: NatsServer = {
    url: `nats://127.0.0.1:${String(port)}`,
    async start() {
      const child = spawn('nats-server', ['-a', '127.0.0.1', '-p', String(port), '-sd', store, ...flags], { stdio: ['ignore', 'ignore', 'pipe'] });
      server = child;
      await new Promise<void>((resolve, reject) => {
        // Read to the end: the server must not find its log closed.
        child.stderr.on('data', (lines: Buffer) => { if (lines.toString().includes('Server is ready')) resolve(); });
        child.once('exit', () => { reject(new Error('nats-server did not start')); });
      });
    },
    kill,
    wipe() {
      rmSync(join(store, 'jetstream'), { recursive: true });
    },
    async manager() {
      const connection = await connect({ servers: `127.0.0.1:${String(port)}` });
      connections.push(connection);
      return jetstreamManager(connection);
    },
    async messages(stream = 'graph-watch') {
      const manager = await found.manager();
      const { state } = await manager.streams.info(stream);
      const all: StoredMsg[] = [];
      for (let seq = state.first_seq; state.messages > 0 && seq <= state.last_seq; seq += 1) {
        const message = await manager.streams.getMessage(stream, { seq });
        if (message !== null) all.push(message);
      }
      return all;
    },
    async until(count, stream = 'graph-watch') {
      const manager = await found.manager();
      // Each query is a round trip to the server; the stream may not exist yet.
      const stored = async (): Promise<number> => manager.streams.info(stream).then(({ state }) => state.messages, () => 0);
      while (await stored() < count);
      return found.messages(stream);
    },
    async close() {
      await Promise.all(connections.map((connection) => connection.close()));
      await kill();
      rmSync(store, { recursive: true, force: true });
    },
  };
  return found;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
