import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

/** A real nats-server -js, which can be stopped and started again at the same port with the same store. */
export class NatsServer {
  #place;
  #child;
  port;

  constructor(place) {
    this.#place = place;
  }

  async start() {
    this.port ??= await freePort();
    const child = spawn('nats-server', ['-js', '-a', '127.0.0.1', '-p', String(this.port), '-sd', join(this.#place, 'nats')], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => { reject(new Error(`nats-server ended with ${code}`)); });
      // Read to the end: the server must not find its log closed.
      child.stderr.on('data', (lines) => { if (lines.includes('Server is ready')) resolve(); });
    });
  }

  async stop(signal) {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  /** Ends it without waiting. */
  end() {
    this.#child?.kill('SIGKILL');
  }

  /** Runs `work` with a connection of its own that bypasses every proxy. */
  async with(work) {
    const connection = await connect({ servers: `127.0.0.1:${this.port}` });
    try {
      return await work({ streams: (await jetstreamManager(connection)).streams, jetstream: jetstream(connection) });
    } finally {
      await connection.close();
    }
  }

  /** How many messages are in a stream. */
  async count(stream) {
    return this.with(async ({ streams }) => (await streams.info(stream)).state.messages);
  }

  /** Everything that is in a stream, in its order: `{ subject, headers, text, seq, at }`, `at` in milliseconds by the server's clock. */
  async read(stream) {
    return this.with(async ({ streams, jetstream: js }) => {
      const { state: { messages, last_seq: last } } = await streams.info(stream);
      const all = [];
      if (messages === 0) return all;
      const consumer = await js.consumers.get(stream);
      const reading = await consumer.consume({ max_messages: 1_000 });
      for await (const message of reading) {
        all.push({ subject: message.subject, headers: message.headers, text: message.string(), seq: message.seq, at: message.info.timestampNanos / 1e6 });
        if (message.seq >= last) break;
      }
      await reading.close();
      return all;
    });
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
