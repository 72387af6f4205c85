import type { Command } from 'commander';
import { withExamples } from './examples.ts';
import type { Run } from './run.ts';

/** `addAccountCommands` adds login, logout, status and token. */
export function addAccountCommands(program: Command, run: Run): void {
  withExamples(program
    .command('login')
    .description('sign in with a code that you enter in any browser')
    .option('--browser', 'sign in with this machine\'s browser instead')
    .option('--scope <scope...>', 'scopes to request in addition to Files.Read'),
  ['graph-watch login', 'enough for your own drive'],
  ['graph-watch login --scope Files.Read.All Sites.Read.All', 'for other drives and sites'])
    .action((options: { browser?: boolean; scope?: string[] }, command: Command) =>
      run(command.optsWithGlobals(), async (context) => {
        const { runLogin } = await import('../commands/login.ts');
        return runLogin(context, options);
      }));
  withExamples(program
    .command('logout')
    .description('sign out')
    .option('--all', 'sign out of all accounts'),
  ['graph-watch logout', 'sign out of the current account'],
  ['graph-watch logout --account ada@contoso.com', 'sign out of another account'])
    .action((options: { all?: boolean }, command: Command) =>
      run(command.optsWithGlobals(), async (context) => {
        const { runLogout } = await import('../commands/logout.ts');
        return runLogout(context, options);
      }));
  withExamples(program
    .command('status')
    .description('show who is signed in, to which cloud and with which scopes (exit 3 if nobody is)')
    .option('--json', 'print JSON even on a terminal'),
  ['graph-watch status', 'who is signed in'],
  ['graph-watch status >/dev/null || graph-watch login', 'sign in if nobody is'])
    .action((options: { json?: boolean }, command: Command) =>
      run(command.optsWithGlobals(), async (context) => {
        const { runStatus } = await import('../commands/status.ts');
        return runStatus(context, options);
      }));
  withExamples(program
    .command('token')
    .description('print an access token for Graph (a secret: anyone who has it can use the account)'),
  ['curl -H "Authorization: Bearer $(graph-watch token)" "$URL"', 'query Graph yourself'],
  ['graph-watch token --auth app', 'the token of an app'])
    .action((_options: unknown, command: Command) =>
      run(command.optsWithGlobals(), async (context) => {
        const { runToken } = await import('../commands/token.ts');
        return runToken(context);
      }));
}
