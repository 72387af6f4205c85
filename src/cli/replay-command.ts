import type { Command } from 'commander';
import type { ReplayFlags } from '../commands/replay.ts';
import { withExamples } from './examples.ts';
import type { Run } from './run.ts';
import { addReplayOptions } from './watch-flags.ts';

/** `addReplay` adds replay. `words` are those after the first `--`. */
export function addReplay(program: Command, run: Run, words: readonly string[] | undefined): void {
  withExamples(addReplayOptions(program
    .command('replay')
    .description('pass recorded events through filters, output and actions again')
    .argument('<file...>', 'recordings, from watch --record or watch -o ndjson > file, in order; - for stdin; .gz works too')),
    ['graph-watch replay events.ndjson', 'show what was recorded'],
    ['graph-watch replay events.ndjson --path \'/Reports/**\' -- ./script.sh', 'try a script on it'],
    ['graph-watch replay events.ndjson --forward http://localhost:3000/hook', 'try a webhook'],
    ['graph-watch replay events.ndjson --speed 10', 'as it happened, ten times as fast'],
    ['graph-watch replay events.ndjson --speed 10 --serve 8080', 'the same, to look at in a browser'],
    ['graph-watch replay events*.ndjson --lifecycle -o cloudevents', 'all parts, as CloudEvents'])
    .action((files: string[], flags: ReplayFlags, action: Command) => run(action.optsWithGlobals(), async (context) => {
      const { runReplay } = await import('../commands/replay.ts');
      return runReplay(context, files, flags, words);
    }));
}
