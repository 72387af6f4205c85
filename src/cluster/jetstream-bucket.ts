import { jetstream, JetStreamApiCodes, JetStreamApiError, jetstreamManager, StorageType, type JetStreamManager } from '@nats-io/jetstream';
import { Kvm, type KV, type KvEntry } from '@nats-io/kv';
import { errors, type NatsConnection } from '@nats-io/transport-node';
import pMap from 'p-map';
import { setTimeout as delay } from 'node:timers/promises';
import { usageError } from '../errors.ts';
import { connectNats, NATS_ANSWER_WITHIN_MS, natsRefusal, withoutJetStream, type NatsConnectOptions } from '../net/nats-connection.ts';
import { Conflict, type Bucket, type Entry } from './bucket.ts';
import { DEFAULT_LEASE_MS } from './cluster.ts';
import { bucketName } from './keys.ts';

export interface JetStreamBucketOptions extends NatsConnectOptions {
  cluster: string;
  /** The limit for a request: a heartbeat must not spend the whole lease waiting for the answer to the one before. */
  leaseMs?: number;
  /** Whether to create the bucket if there is none: a member does. */
  create?: boolean;
  /** Called after a bucket that was lost has been created again, empty. */
  onRecreated?: () => void;
}

const RETRY_MS = 1_000;
/** How many keys are read at once. */
const AT_ONCE = 100;

/** OpenBucket is a bucket with its own connection. */
export interface OpenBucket extends Bucket {
  /** Rejects when the connection has ended, and the client will not connect again: with a `WatchError` if NATS refuses this user. */
  untilLost(): Promise<never>;
  close(): Promise<void>;
}

/**
 * `openJetStreamBucket` connects once, and creates the cluster's bucket if it does not exist, unless `create` is false; an existing one is
 * never changed. Rejects with a `WatchError` if trying again cannot help.
 */
export async function openJetStreamBucket({ cluster, leaseMs = DEFAULT_LEASE_MS, create = true, onRecreated = () => undefined, ...options }: JetStreamBucketOptions): Promise<OpenBucket> {
  const connection = await connectNats(options);
  const timeout = Math.min(NATS_ANSWER_WITHIN_MS, Math.max(500, leaseMs / 5));
  const name = bucketName(cluster);
  try {
    const manager = await jetstreamManager(connection, { timeout });
    if (!create && !(await isThere(manager, name))) throw usageError(`There is no cluster "${cluster}".`, 'Check --cluster and --nats: graph-watch watch many <file> --cluster <name> starts one.');
    // Only the stream's leader answers: another replica might not know yet that a member is gone.
    const ensure = (): Promise<KV> => new Kvm(jetstream(connection, { timeout })).create(name, { allow_direct: false, history: 1, storage: StorageType.File, description: 'graph-watch: targets shared among several processes' });
    return new JetStreamBucket({
      connection, kv: await ensure(), leaseMs,
      // Without the permission to ask, this stays unknown.
      isGone: () => isThere(manager, name).then((there) => create && !there, () => false),
      recreate: async () => {
        await ensure();
        onRecreated();
      },
      purge: async (key) => { await manager.streams.purge(`KV_${name}`, { filter: `$KV.${name}.${key}` }); },
      latest: async () => (await manager.streams.info(`KV_${name}`)).state.last_seq,
      keys: async (filter) => {
        const { state } = await manager.streams.info(`KV_${name}`, { subjects_filter: `$KV.${name}.${filter}` });
        return Object.keys(state.subjects ?? {}).map((subject) => subject.slice(`$KV.${name}.`.length));
      },
    });
  } catch (error) {
    await connection.close();
    throw withoutJetStream(error) ?? natsRefusal(error) ?? error;
  }
}

async function isThere(manager: JetStreamManager, name: string): Promise<boolean> {
  try {
    await manager.streams.info(`KV_${name}`);
    return true;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return false;
    throw error;
  }
}

interface BucketParts {
  connection: NatsConnection;
  kv: KV;
  leaseMs: number;
  isGone: () => Promise<boolean>;
  recreate: () => Promise<void>;
  purge: (key: string) => Promise<void>;
  /** The revision of the latest write to the bucket. */
  latest: () => Promise<number>;
  /** The keys that match, deleted ones included. */
  keys: (filter: string) => Promise<string[]>;
}

class JetStreamBucket implements OpenBucket {
  readonly #parts: BucketParts;
  readonly #connection: NatsConnection;
  readonly #kv: KV;
  /** When the bucket was found to be lost, by the steady clock. */
  #goneSince: number | undefined;

  constructor(parts: BucketParts) {
    this.#parts = parts;
    this.#connection = parts.connection;
    this.#kv = parts.kv;
  }

  async get(key: string): Promise<Entry | undefined> {
    const found = await this.#kv.get(key);
    return found?.operation === 'PUT' ? entryOf(found) : undefined;
  }

  create(key: string, value: Uint8Array): Promise<number> {
    return this.#write(() => this.#kv.create(key, value));
  }

  update(key: string, value: Uint8Array, revision: number): Promise<number> {
    return this.#write(() => this.#kv.update(key, value, revision));
  }

  delete(key: string, revision: number): Promise<void> {
    return this.#write(() => this.#kv.delete(key, { previousSeq: revision }));
  }

  async forget(keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.#parts.purge(key);
  }

  async each(prefix: string, onEntry: (entry: Entry) => void): Promise<void> {
    await this.#content(`${prefix}.>`, (found) => { if (found.operation === 'PUT') onEntry(entryOf(found)); });
    // Without a connection it ends as if that were all.
    if (this.#connection.isClosed()) throw new errors.ClosedConnectionError();
  }

  /** Calls `onEntry` once for each key that matches, with its newest revision, deleted ones included. */
  async #content(filter: string, onEntry: (entry: KvEntry) => void): Promise<void> {
    const before = await this.#parts.latest();
    // A bucket that the user has created may keep older revisions of a key, which come first.
    const newest = new Map<string, KvEntry>();
    for await (const entry of await this.#kv.history({ key: filter })) {
      newest.set(entry.key, entry);
      // The iteration ends after an entry for which the server counts no more to come. While keys are being written, there may never be one:
      // entries that were replaced are still counted (seen with nats-server 2.9).
      if (entry.revision > before) break;
    }
    for (const entry of newest.values()) onEntry(entry);
    if ((await this.#parts.latest()) === before) return;
    // Of a key that was written meanwhile, the old entry may be gone, and the new one may come after the end.
    const missing = (await this.#parts.keys(filter)).filter((key) => !newest.has(key));
    await pMap(missing, async (key) => {
      const entry = await this.#kv.get(key);
      if (entry !== null) onEntry(entry);
    }, { concurrency: AT_ONCE });
  }

  async watch(filter: string, signal: AbortSignal, onEntry: (entry: Entry) => void): Promise<void> {
    // The iterator of a watch does not say when it has delivered everything that existed, and for an empty bucket it yields nothing.
    const newest = new Map<string, number>();
    const give = (found: KvEntry): void => {
      if (signal.aborted || found.revision <= (newest.get(found.key) ?? 0)) return;
      newest.set(found.key, found.revision);
      onEntry(entryOf(found));
    };
    const begin = async (): Promise<AsyncIterable<KvEntry>> => {
      await this.#content(filter, give);
      const changes = await this.#kv.watch({ key: filter });
      signal.addEventListener('abort', () => { changes.stop(); }, { once: true });
      if (signal.aborted) changes.stop();
      return changes;
    };
    let changes = await begin();
    const isOver = (): boolean => signal.aborted || this.#connection.isClosed();
    void (async () => {
      while (!isOver()) {
        try {
          for await (const found of changes) {
            give(found);
            // Deleted keys are not written again, so nothing has to be remembered about them.
            if (found.operation !== 'PUT') newest.delete(found.key);
          }
          // The client gives up on a watch if the bucket is gone for a while.
          await delay(RETRY_MS, undefined, { ref: false });
          if (!isOver()) changes = await begin();
        } catch {
          // It is still gone: the loop above, over the watch that has ended, ends at once.
        }
      }
    })();
  }

  /** Creates a lost bucket again, but only after a lease: until then, a member may still report what it owned according to the lost one. */
  async #write<T>(write: () => Promise<T>): Promise<T> {
    try {
      const result = await conditional(write);
      this.#goneSince = undefined;
      return result;
    } catch (error) {
      if (error instanceof Conflict || !(await this.#parts.isGone())) throw error;
      this.#goneSince ??= performance.now();
      if (performance.now() - this.#goneSince < this.#parts.leaseMs) throw new Error('NATS has lost the bucket', { cause: error });
      await this.#parts.recreate();
      this.#goneSince = undefined;
      throw new Conflict('the bucket is a new one', { cause: error });
    }
  }

  async untilLost(): Promise<never> {
    // The cause may be an error of the system.
    const cause = await this.#connection.closed();
    throw natsRefusal(cause) ?? (cause instanceof Error ? new errors.ConnectionError(cause.message, { cause }) : new errors.ClosedConnectionError());
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}

function entryOf({ key, value, operation, revision, created }: KvEntry): Entry {
  return { key, value: operation === 'PUT' ? value : undefined, revision, at: created.getTime() };
}

/** Turns the refusal of a conditional write into `Conflict`; other errors stay as they are. */
async function conditional<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof JetStreamApiError && [JetStreamApiCodes.StreamWrongLastSequence, JetStreamApiCodes.StreamWrongLastSequenceUnknown].some((code) => code === error.code)) {
      throw new Conflict(error.message, { cause: error });
    }
    throw error;
  }
}
