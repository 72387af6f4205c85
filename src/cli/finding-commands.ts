import type { Command } from 'commander';
import { withExamples } from './examples.ts';
import type { Run } from './run.ts';

/** `addFindingCommands` adds drives, ls and cat. */
export function addFindingCommands(program: Command, run: Run): void {
  withExamples(program
    .command('drives')
    .description('list what you can watch: drives, groups, teams, site libraries')
    .argument('[words...]', 'show only what matches all of these words; searches every site, not only those that you follow')
    .option('--site <site>', 'the libraries of this site: its URL, host:/sites/path, or its id')
    .option('--json', 'print NDJSON even on a terminal'),
  ['graph-watch drives', 'your drive, your groups, the sites you follow'],
  ['graph-watch drives engineering specifications', 'what matches both words'],
  ['graph-watch drives --site https://contoso.sharepoint.com/sites/team', 'its libraries'],
  ['graph-watch drives | jq -r .target', 'one target per line, for watch many'])
    .action((words: string[], options: { site?: string; json?: boolean }, command: Command) =>
      run(command.optsWithGlobals(), async (context) => {
        const { runDrives } = await import('../commands/drives.ts');
        return runDrives(context, words, options);
      }));
  withExamples(withRedeem(program
    .command('ls')
    .description('list a folder of a drive: name, size, when and by whom each item was changed'))
    .argument('<target>', TARGET)
    .argument('[path]', 'a folder or a file, from the drive\'s root')
    .option('--json', 'print NDJSON even on a terminal'),
  ['graph-watch ls me', 'what is in your OneDrive'],
  ['graph-watch ls me /Reports/2026', 'what is in a folder'],
  ['graph-watch ls \'drive:b!4sCT1f9z…\' | jq -r \'select(.folder | not) | .path\'', 'the paths of the files'])
    .action((target: string, path: string | undefined, options: { json?: boolean; redeem?: boolean }, command: Command) =>
      run(command.optsWithGlobals(), async (context) => {
        const { runLs } = await import('../commands/ls.ts');
        return runLs(context, target, path, options);
      }));
  withExamples(withRedeem(program
    .command('cat')
    .description('print the content of a file to stdout'))
    .argument('<target>', TARGET)
    .argument('[path|itemId]', 'the file\'s path from the drive\'s root, or its id, as in records; leave it out if the address is the file\'s own'),
  ['graph-watch cat me /Reports/Q3.xlsx > Q3.xlsx', 'download a file'],
  ['graph-watch cat me 01WMQ6VDZXQYQBPXXESHQYJCXMQ5AGB2PX | wc -l', 'by the id in a change record'])
    .action((target: string, path: string | undefined, options: { redeem?: boolean }, command: Command) =>
      run(command.optsWithGlobals(), async (context) => {
        const { runCat } = await import('../commands/cat.ts');
        return runCat(context, target, path, options);
      }));
}

const TARGET = 'me, drive:<id>, group:<id>, user:<user>, list:<site>/<list>, or an address from a browser';

function withRedeem(command: Command): Command {
  return command.option('--redeem', 'open a sharing link; this adds the item to what is shared with you');
}
