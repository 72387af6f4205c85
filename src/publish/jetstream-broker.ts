import { DiscardPolicy, jetstream, JetStreamApiError, jetstreamManager, RetentionPolicy, StorageType, type JetStreamManager } from '@nats-io/jetstream';
import { headers, nanos, PermissionViolationError, type NatsConnection } from '@nats-io/transport-node';
import { WatchError } from '../errors.ts';
import { connectNats, isNatsError, NATS_ANSWER_WITHIN_MS, natsRefusal, withoutJetStream, type NatsConnectOptions } from '../net/nats-connection.ts';
import { Unpublishable, type Broker } from './broker.ts';
import { streamNameOf } from './subject.ts';

/** The limits of a stream that is created here. */
export const STREAM_LIMITS = { maxAgeMs: 7 * 24 * 3_600_000, maxBytes: 1024 ** 3, duplicateWindowMs: 3_600_000 };

/** The server's code for a message that is larger than the stream accepts (JSStreamMessageExceedsMaximumErr in its errors.json). */
const EXCEEDS_MAX_MSG_SIZE = 10_054;

export interface JetStreamOptions extends NatsConnectOptions {
  prefix: string;
}

/** `openJetStream` connects once, and creates the stream if no stream has these subjects. Rejects with a `WatchError` if trying again cannot help. */
export async function openJetStream({ prefix, ...options }: JetStreamOptions): Promise<Broker> {
  const connection = await connectNats(options);
  let ensure: () => Promise<void>;
  try {
    const manager = await jetstreamManager(connection, { timeout: NATS_ANSWER_WITHIN_MS });
    ensure = () => ensureStream(manager, prefix);
    await ensure();
  } catch (error) {
    await connection.close();
    throw withoutJetStream(error) ?? error;
  }
  return new JetStreamBroker(connection, ensure);
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
    // A user that may only publish cannot ask for streams; the first message shows whether there is one.
    if (error instanceof PermissionViolationError) return true;
    if (isNatsError(error, 'StreamNotFoundError')) return false;
    throw error;
  }
}

/** JetStreamBroker publishes over one connection, which the NATS client restores automatically. */
class JetStreamBroker implements Broker {
  readonly #connection: NatsConnection;
  readonly #stream;
  readonly #ensure: () => Promise<void>;
  #isConnected = true;
  /** The reason why the client has given up, if it has. */
  #ended: Error | undefined;
  #waiting: (() => void)[] = [];

  constructor(connection: NatsConnection, ensure: () => Promise<void>) {
    this.#connection = connection;
    this.#ensure = ensure;
    this.#stream = jetstream(connection, { timeout: NATS_ANSWER_WITHIN_MS });
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
      if (error instanceof JetStreamApiError && error.code === EXCEEDS_MAX_MSG_SIZE) throw new Unpublishable('it is larger than the stream accepts (max_msg_size)');
      // There was no responder: the stream may have been deleted. The next attempt then creates a new one.
      if (this.#ended === undefined && withoutJetStream(error) !== undefined) await this.#ensure();
      throw (this.#ended === undefined ? undefined : natsRefusal(this.#ended) ?? new WatchError('network', `NATS closed the connection (${this.#ended.message}).`)) ?? natsRefusal(error) ?? error;
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
