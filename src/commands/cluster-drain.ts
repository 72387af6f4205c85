import type { CommandContext } from '../app/context.ts';
import { drain, readStatus } from '../cluster/status.ts';
import { usageError } from '../errors.ts';
import { safeText } from '../output/safe-text.ts';
import { askBucket } from '../watch/cluster/cluster-bucket.ts';
import { bucketOptions, checkMemberName, type BucketFlags } from '../watch/options/cluster-options.ts';

export interface DrainFlags extends BucketFlags {
  /** Let it take targets again. */
  undo?: boolean;
}

/** How many names of members a message contains. */
const NAMES = 10;

/**
 * `runClusterDrain` is `graph-watch cluster drain`: it marks a member, which then hands over its targets and takes no others until it is
 * started again, or the mark is removed. It does not wait for that: `cluster status` shows how far it is.
 */
export async function runClusterDrain(context: CommandContext, member: string, { undo = false, ...flags }: DrainFlags): Promise<void> {
  const { people, surroundings: { env } } = context;
  checkMemberName(member);
  const options = bucketOptions(flags, env);
  await askBucket(context, options, async (bucket) => {
    if (await drain(bucket, member, !undo) > 0) return;
    const names = [...new Set((await readStatus(bucket)).members.map(({ name }) => name))];
    const more = names.length > NAMES ? ', …' : '';
    throw usageError(`The cluster ${options.cluster} has no member "${member}".`, names.length === 0 ? 'It has no members.' : safeText(`Its members: ${names.slice(0, NAMES).join(', ')}${more}`));
  });
  people.say(undo ? `${member} takes targets again.` : `${member} is draining: it hands over its targets and takes no new ones until it restarts, or you run this again with --undo.`);
}
