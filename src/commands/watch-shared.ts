import { hostname } from 'node:os';
import type { CommandContext } from '../app/context.ts';
import { worse } from '../app/exit-codes.ts';
import type { ClusterEvent } from '../cluster/cluster-events.ts';
import { joinCluster } from '../cluster/join.ts';
import { toError, usageError, WatchError } from '../errors.ts';
import { openAccess } from '../watch/access.ts';
import type { OpenBucket } from '../cluster/jetstream-bucket.ts';
import { openBucketPatiently } from '../watch/cluster/cluster-bucket.ts';
import { sayClusterEvent } from '../watch/cluster/cluster-news.ts';
import { clusterOptions, defaultMember, type ClusterFlags } from '../watch/options/cluster-options.ts';
import { ClusterShare } from '../watch/cluster/cluster-share.ts';
import { natsOptions } from '../watch/options/nats-options.ts';
import { watchOptions, type WatchFlags } from '../watch/options/watch-options.ts';
import { pollByDefault } from '../watch/poll-by-default.ts';
import { openSession } from '../watch/session.ts';
import { shareBudget } from '../watch/cluster/share-budget.ts';
import { signedInTokens } from '../watch/signed-in.ts';
import type { TargetLine } from '../watch/many/target-lines.ts';
import { signIn } from './watch.ts';

/** How long giving up the targets may take at the end, in milliseconds: NATS may be unreachable. Then their leases run out. */
const LEAVE_WITHIN_MS = 2_000;

/**
 * `runWatchShared` is `watch many` with `--cluster`: it watches its share of the targets of a list that all members of the cluster
 * have in common. `read` reads the list of this machine, which is published unless the cluster has a newer one; on SIGHUP, it is in any case.
 */
export async function runWatchShared(
  context: CommandContext,
  read: (signal: AbortSignal) => Promise<TargetLine[]>,
  { file, flags, words }: { file: string; flags: WatchFlags & ClusterFlags; words: readonly string[] | undefined },
): Promise<number> {
  const { people, surroundings: { clock, random, env } } = context;
  // First: what other errors advise may be what a cluster refuses.
  const { name, member, leaseMs, nats } = clusterOptions(flags, natsOptions(flags, env), () => defaultMember(hostname(), random));
  // Only changes have a position that another member can continue from.
  const options = watchOptions(pollByDefault(context, { ...flags, changes: true }), words, env);
  if (file === '-') throw usageError('--cluster needs the list of targets in a file: stdin cannot be read again.', 'Write it to a file.');
  const lines = await read(context.signal);
  if (lines.length === 0) throw usageError(`No targets in ${file}.`);

  const share = new ClusterShare(context, { changes: options.changes, redeem: flags.redeem ?? false });
  let isReady = false;
  const standby = { type: 'ready', time: clock.now(), target: `cluster:${name}` } as const;
  const session = await openSession(context, { ...options, many: true, standby: () => (isReady ? standby : undefined), afterwards: 'handing over to the cluster' }, () => share.watched());
  const setReady = (ready: boolean): void => {
    isReady = ready;
    if (!session.signal.aborted) session.recount().catch((error: unknown) => { share.fail(toError(error)); });
  };
  // Not the session's: after its end, the targets have to be given up.
  const membership = new AbortController();
  let bucket: OpenBucket | undefined;
  let leave: () => Promise<void> = () => Promise.resolve();
  let republish: (() => Promise<void>) | undefined;
  const release = context.onHangup(() => {
    republish?.().catch((error: unknown) => { people.warn(`couldn't reload the targets: ${toError(error).message}`); });
  });
  try {
    return worse(await session.finish(watch()), share.worst);
  } finally {
    release();
    await leave();
    membership.abort();
    await bucket?.close();
  }

  async function watch(): Promise<void> {
    const { signal } = session;
    const tokens = signedInTokens({ ...context, signal }, signIn);
    const access = await openAccess(context, { signal, tokens, onUnexpectedHost: (host) => { session.unexpectedHost(host); } });
    await session.useGraph(access.get);
    const opened = await openBucketPatiently(context, { cluster: name, leaseMs, nats }, signal);
    bucket = opened;
    const first = await share.find(access, session, lines);
    await share.watch(access, session, async () => {
      void endOnceLost(opened);
      const cluster = await joinCluster({
        bucket: opened, member, leaseMs, clock, random, monotonic: () => performance.now(),
        onTaken: (lease) => { share.take(lease); },
        onEvent,
      }, membership.signal);
      leave = () => cluster.leave(LEAVE_WITHIN_MS);
      context.pace.onPause = (ms) => { cluster.pause(ms); };
      republish = async () => {
        const found = await share.find(access, session, await read(signal));
        if (found.list.length === 0) people.warn('the list of targets is empty; the cluster keeps its current one');
        else await cluster.publishList(found.list, { force: true });
      };
      const published = await cluster.publishList(first.list, { force: false, ifNone: !first.complete });
      if (published === 'older') people.warn(`ignoring ${file}: the cluster has a newer list of targets (send SIGHUP to publish ${file} anyway)`);
      await cluster.settled;
      setReady(true);
    });
  }

  /** Ends the watch once the client has given up on NATS, as it does if NATS refuses this user: nothing would ever be reported again. */
  async function endOnceLost(opened: OpenBucket): Promise<void> {
    const error = await opened.untilLost().catch(toError);
    share.fail(error instanceof WatchError ? error : new WatchError('network', `NATS closed the connection (${error.message}).`, { cause: error }));
    // What waits until it is certain of its lease would wait for ever.
    await clock.sleep(LEAVE_WITHIN_MS, session.signal);
    if (!session.signal.aborted) await leave();
  }

  function onEvent(event: ClusterEvent): void {
    sayClusterEvent(context, { name, member }, event);
    if (event.type === 'members') shareBudget(context.pace, options.budget, event.members);
    if (event.type === 'paused') context.pace.hold(event.ms);
    if (event.type === 'unsure' || event.type === 'fenced') {
      share.setCutOff(true);
      setReady(false);
    }
    if (event.type === 'sure') share.setCutOff(false);
    if (event.type === 'sure' || (event.type === 'joined' && event.generation > 1)) setReady(true);
  }
}
