import { DiscardPolicy, jetstream, JetStreamApiError, jetstreamManager, RetentionPolicy, StorageType, type JetStreamManager } from '@nats-io/jetstream';
import { AuthorizationError, connect, credsAuthenticator, headers, nanos, PermissionViolationError, type ConnectionOptions, type NatsConnection } from '@nats-io/transport-node';
import { readFile } from 'node:fs/promises';
import { toError, usageError, WatchError } from '../errors.ts';
import { Unpublishable, type Broker } from './broker.ts';
import type { NatsAddress } from './nats-address.ts';
import { streamNameOf } from './subject.ts';

/** How long to wait for the acknowledgement of one message, and for a connection, in milliseconds. */
const ANSWER_WITHIN_MS = 5_000;
const RECONNECT_WAIT_MS = 1_000;
/** A server that says nothing for this long, although it is pinged, is given up. */
const PING_INTERVAL_MS = 10_000;
const PINGS_UNANSWERED = 2;

/** The limits of a stream that is created here. */
export const STREAM_LIMITS = { maxAgeMs: 7 * 24 * 3_600_000, maxBytes: 1024 ** 3, duplicateWindowMs: 3_600_000 };

export interface JetStreamOptions {
  address: NatsAddress;
  /** A file with a JWT and its key, as `nsc` writes it. */
  credsFile: string | undefined;
  prefix: string;
  name: string;
}

/** `openJetStream` connects once, and creates the stream if no stream has these subjects. Rejects with a `WatchError` if that is final. */
export async function openJetStream({ address, credsFile, prefix, name }: JetStreamOptions): Promise<Broker> {
  const connection = await connectOnce(address, credsFile, name);
  try {
    await ensureStream(await jetstreamManager(connection, { timeout: ANSWER_WITHIN_MS }), prefix);
  } catch (error) {
    await connection.close();
    if (isNamed(error, 'JetStreamNotEnabled')) throw new WatchError('refused', 'The NATS server has no JetStream.', { hint: 'Start it with JetStream: nats-server -js', cause: error });
    throw error;
  }
  return new JetStreamBroker(connection);
}

async function connectOnce({ servers, tls, user, password, token }: NatsAddress, credsFile: string | undefined, name: string): Promise<NatsConnection> {
  const options: ConnectionOptions = {
    servers: [...servers], name, timeout: ANSWER_WITHIN_MS,
    maxReconnectAttempts: -1, reconnectTimeWait: RECONNECT_WAIT_MS, pingInterval: PING_INTERVAL_MS, maxPingOut: PINGS_UNANSWERED,
    // Credentials go to the servers that the user named, and to no other.
    ignoreClusterUpdates: true,
    ...(tls ? { tls: {} } : {}), ...(token === undefined ? {} : { token }), ...(user === undefined ? {} : { user, pass: password ?? '' }),
    ...(credsFile === undefined ? {} : { authenticator: credsAuthenticator(await credentials(credsFile)) }),
  };
  try {
    return await connect(options);
  } catch (error) {
    throw asFinal(error) ?? error;
  }
}

async function credentials(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw usageError(`Couldn't read the NATS credentials: ${toError(error).message}`);
  }
}

/** Returns the error that no further attempt can fix, or `undefined`. */
function asFinal(error: unknown): WatchError | undefined {
  if (error instanceof WatchError) return error;
  if (error instanceof AuthorizationError) return new WatchError('refused', `NATS refused the credentials (${error.message}).`, { hint: 'Check --nats-creds, or the user and password in --nats.', cause: error });
  if (error instanceof PermissionViolationError) return new WatchError('refused', `NATS does not permit this user to publish (${error.message}).`, { hint: 'The user needs permission to publish to the subjects, and to receive replies.', cause: error });
  return undefined;
}

/** An existing stream is never changed. Two processes may create it at once: the second then finds it. */
async function ensureStream(manager: JetStreamManager, prefix: string): Promise<void> {
  const subjects = `${prefix}.>`;
  if (await isCovered(manager, subjects)) return;
  const { maxAgeMs, maxBytes, duplicateWindowMs } = STREAM_LIMITS;
  try {
    await manager.streams.add({
      name: streamNameOf(prefix), subjects: [subjects], storage: StorageType.File, retention: RetentionPolicy.Limits, discard: DiscardPolicy.Old,
      max_age: nanos(maxAgeMs), max_bytes: maxBytes, duplicate_window: nanos(duplicateWindowMs),
    });
  } catch (error) {
    if (await isCovered(manager, subjects)) return;
    if (error instanceof JetStreamApiError) throw new WatchError('refused', `NATS did not create the stream ${streamNameOf(prefix)} (${error.message}).`, { hint: `Create a stream for ${subjects} yourself, or use another --nats-prefix.`, cause: error });
    throw error;
  }
}

async function isCovered(manager: JetStreamManager, subjects: string): Promise<boolean> {
  try {
    await manager.streams.find(subjects);
    return true;
  } catch (error) {
    // A user who is only allowed to publish cannot ask; the first message shows whether there is a stream.
    if (error instanceof PermissionViolationError) return true;
    if (isNamed(error, 'StreamNotFoundError')) return false;
    throw error;
  }
}

/** The client exports the classes of these errors for its own packages only. */
function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

/** JetStreamBroker publishes over one connection, which the NATS client restores automatically. */
class JetStreamBroker implements Broker {
  readonly #connection: NatsConnection;
  readonly #stream;
  #isConnected = true;
  /** Why the client has given up, if it has. */
  #ended: Error | undefined;
  #waiting: (() => void)[] = [];

  constructor(connection: NatsConnection) {
    this.#connection = connection;
    this.#stream = jetstream(connection, { timeout: ANSWER_WITHIN_MS });
    void this.#follow();
    void connection.closed().then((error) => {
      this.#ended = error instanceof Error ? error : new Error('the connection was closed');
      this.#release();
    });
  }

  async publish({ subject, id, headers: fields, body }: Parameters<Broker['publish']>[0]): Promise<void> {
    const { max_payload: limit = Infinity } = this.#connection.info ?? {};
    const all = headers();
    for (const [name, value] of Object.entries(fields)) all.set(name, value);
    const payload = Buffer.from(body);
    // The limit counts the headers too; their names and line ends are a few hundred bytes.
    const size = payload.length + Object.entries(fields).reduce((sum, [name, value]) => sum + name.length + value.length + 4, 256);
    if (size > limit) throw new Unpublishable(`it has ${size} bytes, but the NATS server accepts at most ${limit}`);
    try {
      await this.#stream.publish(subject, payload, { msgID: id, headers: all });
    } catch (error) {
      throw (this.#ended === undefined ? undefined : asFinal(this.#ended) ?? new WatchError('network', `NATS closed the connection (${this.#ended.message}).`)) ?? asFinal(error) ?? error;
    }
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  async connected(): Promise<void> {
    while (!this.#isConnected && this.#ended === undefined) await new Promise<void>((resolve) => { this.#waiting.push(resolve); });
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #follow(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type === 'disconnect') this.#isConnected = false;
      if (type === 'reconnect') {
        this.#isConnected = true;
        this.#release();
      }
    }
  }

  #release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
