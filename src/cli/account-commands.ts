import type { Command } from 'commander';
import type { Run } from './run.ts';

/** `addAccountCommands` adds login, logout and status. */
export function addAccountCommands(program: Command, run: Run): void {
  program
    .command('login')
    .description('sign in with a code that is entered in any browser')
    .option('--browser', 'sign in through this machine\'s browser instead')
    .option('--scope <scope...>', 'more scopes than Files.Read')
    .action((options: { browser?: boolean; scope?: string[] }, command: Command) =>
      run(command.optsWithGlobals(), async (context) => {
        const { runLogin } = await import('../commands/login.ts');
        return runLogin(context, options);
      }));
  program
    .command('logout')
    .description('forget the account')
    .option('--all', 'forget every account')
    .action((options: { all?: boolean }, command: Command) =>
      run(command.optsWithGlobals(), async (context) => {
        const { runLogout } = await import('../commands/logout.ts');
        return runLogout(context, options);
      }));
  program
    .command('status')
    .description('print who is signed in, where, with which scopes (exit 3 when nobody is)')
    .option('--json', 'JSON, also on a terminal')
    .action((options: { json?: boolean }, command: Command) =>
      run(command.optsWithGlobals(), async (context) => {
        const { runStatus } = await import('../commands/status.ts');
        return runStatus(context, options);
      }));
}
