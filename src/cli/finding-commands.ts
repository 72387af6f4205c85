import type { Command } from 'commander';
import { withExamples } from './examples.ts';
import type { Run } from './run.ts';

/** `addFindingCommands` adds drives. */
export function addFindingCommands(program: Command, run: Run): void {
  withExamples(program
    .command('drives')
    .description('list what there is to watch: drives, groups, teams, libraries of sites')
    .argument('[words...]', 'only what matches all of these; all sites are searched for them, not only those that you follow')
    .option('--site <site>', 'the libraries of this site: its URL, host:/sites/path, or its id')
    .option('--json', 'print NDJSON even on a terminal'),
  ['graph-watch drives', 'your drive, your groups, the sites that you follow'],
  ['graph-watch drives engineering specifications', 'what has both words'],
  ['graph-watch drives --site https://contoso.sharepoint.com/sites/team', 'its libraries'],
  ['graph-watch drives | jq -r .target', 'one target per line, as watch many takes them'])
    .action((words: string[], options: { site?: string; json?: boolean }, command: Command) =>
      run(command.optsWithGlobals(), async (context) => {
        const { runDrives } = await import('../commands/drives.ts');
        return runDrives(context, words, options);
      }));
}
