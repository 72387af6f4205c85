import type { CommandContext } from '../../app/context.ts';
import type { Bucket } from '../../cluster/bucket.ts';
import type { JetStreamBucketOptions, OpenBucket } from '../../cluster/jetstream-bucket.ts';
import { toError, WatchError } from '../../errors.ts';
import { safeText } from '../../output/safe-text.ts';
import { USER_AGENT } from '../../version.ts';
import type { NatsOptions } from '../options/nats-options.ts';

export interface BucketOptions {
  cluster: string;
  nats: NatsOptions;
}

const RETRY_MS = 2_000;

/**
 * `askBucket` opens a bucket that exists, for one piece of work. Rejects with a `network` error if NATS cannot be reached, or is lost
 * meanwhile: whoever asks does not wait for a server to come back.
 */
export async function askBucket<T>(context: CommandContext, options: BucketOptions, ask: (bucket: Bucket) => Promise<T>): Promise<T> {
  const bucket = await openBucket(context, options, { create: false, reconnect: false });
  try {
    return await Promise.race([ask(bucket), bucket.untilLost()]);
  } catch (error) {
    const { isNatsTrouble, natsRefusal } = await import('../../net/nats-connection.ts');
    if (!isNatsTrouble(error)) throw error;
    throw natsRefusal(error) ?? new WatchError('network', `Lost contact with NATS (${toError(error).message}).`, { hint: 'Check that the server is running, and try again.', cause: error });
  } finally {
    await bucket.close();
  }
}

type Opening = Pick<JetStreamBucketOptions, 'create' | 'reconnect' | 'leaseMs' | 'onRecreated'>;

/** Connects to NATS once, and opens the bucket. Rejects with a `WatchError`. */
async function openBucket({ redactor }: CommandContext, { cluster, nats: { address, credsFile } }: BucketOptions, opening: Opening): Promise<OpenBucket> {
  for (const secret of [address.password, address.token]) if (secret !== undefined) redactor.add(secret);
  const { openJetStreamBucket } = await import('../../cluster/jetstream-bucket.ts');
  try {
    return await openJetStreamBucket({ address, credsFile, name: USER_AGENT, cluster, ...opening });
  } catch (error) {
    if (error instanceof WatchError) throw error;
    throw new WatchError('network', `Couldn't reach NATS (${toError(error).message}).`, { hint: 'Check --nats, and that the server is running.', cause: error });
  }
}

/** `openBucketPatiently` opens a member's bucket, and creates it if there is none, as soon as NATS is reachable; people see why it takes so long. Rejects with what is final, and with the signal's reason. */
export async function openBucketPatiently(context: CommandContext, { leaseMs, ...options }: BucketOptions & { leaseMs: number }, signal: AbortSignal): Promise<OpenBucket> {
  const { people, surroundings: { clock } } = context;
  const onRecreated = (): void => { people.warn(`NATS has lost the bucket of the cluster ${options.cluster}; it has been created again, without positions: every drive starts from now`); };
  for (let attempts = 0; ; attempts += 1) {
    try {
      return await openBucket(context, options, { leaseMs, onRecreated });
    } catch (error) {
      if (!(error instanceof WatchError) || error.category !== 'network') throw error;
      if (attempts === 0) people.warn(safeText(`${error.message.replace(/\.$/, '')}; nothing is watched until this member has joined the cluster; retrying`));
      await clock.sleep(RETRY_MS, signal);
      signal.throwIfAborted();
    }
  }
}
