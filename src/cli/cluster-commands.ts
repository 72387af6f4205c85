import type { Command } from 'commander';
import type { ClusterStatusFlags } from '../commands/cluster-status.ts';
import type { DrainFlags } from '../commands/cluster-drain.ts';
import { withExamples } from './examples.ts';
import { path } from './flag-values.ts';
import type { Run } from './run.ts';

/** `addClusterCommands` adds the subcommands of `cluster`. */
export function addClusterCommands(group: Command, run: Run): void {
  withExamples(group, ['graph-watch cluster status --cluster prod', 'members and their shares, with NATS_URL set'], ['graph-watch cluster drain web-1 --cluster prod', 'before maintenance on a machine']);
  withExamples(withBucket(group.command('status').description('print the members of a cluster and their shares'))
    .option('--targets', 'print every target, with its owner and its position')
    .option('--json', 'print NDJSON even on a terminal'),
  ['graph-watch cluster status --cluster prod --nats nats://nats:4222', 'members and their shares'],
  ['graph-watch cluster status --cluster prod --targets', 'every target, with its owner'])
    .action((flags: ClusterStatusFlags, command: Command) => run(command.optsWithGlobals(), async (context) => {
      const { runClusterStatus } = await import('../commands/cluster-status.ts');
      return runClusterStatus(context, flags);
    }));
  withExamples(withBucket(group.command('drain').description('make a member hand over its targets and take no others until it is restarted')
    .argument('<member>', 'its name, as cluster status prints it'))
    .option('--undo', 'let it take its share again'),
  ['graph-watch cluster drain web-1 --cluster prod', 'its targets go to the others'],
  ['graph-watch cluster drain web-1 --cluster prod --undo', 'and back'])
    .action((member: string, flags: DrainFlags, command: Command) => run(command.optsWithGlobals(), async (context) => {
      const { runClusterDrain } = await import('../commands/cluster-drain.ts');
      return runClusterDrain(context, member, flags);
    }));
}

function withBucket(command: Command): Command {
  return command
    .option('--cluster <name>', 'the name of the cluster')
    .option('--nats <urls>', 'the NATS server of the cluster: nats://host:4222, tls://host (several: comma-separated; or NATS_URL)')
    .option('--nats-creds <file>', 'the credentials file for NATS (or NATS_CREDS)', path);
}
