import type { CommandContext } from '../app/context.ts';
import type { Bucket } from '../cluster/bucket.ts';
import { toError, WatchError } from '../errors.ts';
import { safeText } from '../output/safe-text.ts';
import { USER_AGENT } from '../version.ts';
import type { NatsOptions } from './nats-options.ts';

/** OpenBucket is a cluster's bucket, over a connection that has to be closed. */
export type OpenBucket = Bucket & { close(): Promise<void> };

export interface BucketOptions {
  cluster: string;
  /** With it, the bucket is created if there is none. */
  leaseMs?: number | undefined;
  nats: NatsOptions;
}

const RETRY_MS = 2_000;

/** `openBucket` connects to NATS once, and opens the bucket of a cluster. Rejects with a `WatchError`. */
export async function openBucket({ redactor, people }: Pick<CommandContext, 'redactor' | 'people'>, { cluster, leaseMs, nats: { address, credsFile } }: BucketOptions): Promise<OpenBucket> {
  for (const secret of [address.password, address.token]) if (secret !== undefined) redactor.add(secret);
  const { openJetStreamBucket } = await import('../cluster/jetstream-bucket.ts');
  const onRecreated = (): void => { people.warn(`NATS has lost the bucket of the cluster ${cluster}; it has been created again, without positions: every drive starts from now`); };
  try {
    return await openJetStreamBucket({ address, credsFile, name: USER_AGENT, cluster, onRecreated, ...(leaseMs === undefined ? { create: false } : { leaseMs }) });
  } catch (error) {
    if (error instanceof WatchError) throw error;
    throw new WatchError('network', `Couldn't reach NATS (${toError(error).message}).`, { hint: 'Check --nats, and that the server is running.', cause: error });
  }
}

/** `openBucketPatiently` does the same as soon as NATS is reachable; people see why it takes so long. Rejects with what is final, and with the signal's reason. */
export async function openBucketPatiently(context: CommandContext, options: BucketOptions, signal: AbortSignal): Promise<OpenBucket> {
  const { people, surroundings: { clock } } = context;
  for (let attempts = 0; ; attempts += 1) {
    try {
      return await openBucket(context, options);
    } catch (error) {
      if (!(error instanceof WatchError) || error.category !== 'network') throw error;
      if (attempts === 0) people.warn(safeText(`${error.message.replace(/\.$/, '')}; nothing is watched until this member has joined the cluster; retrying`));
      await clock.sleep(RETRY_MS, signal);
      signal.throwIfAborted();
    }
  }
}
