import { Argument, type Command } from 'commander';
import type { Shell } from '../commands/completion.ts';
import type { DoctorFlags } from '../commands/doctor.ts';
import { withExamples } from './examples.ts';
import { path } from './flag-values.ts';
import type { Run } from './run.ts';

/** `addHelpCommands` adds the commands that help to use the others: doctor and completion. */
export function addHelpCommands(program: Command, run: Run): void {
  withExamples(program
    .command('doctor')
    .description('test each step that a watch needs; say what failed and what to do')
    .argument('[target...]', 'a URL, me (the default), drive <id>, group <id>, user <user> or list <site> <list>')
    .option('--json', 'print JSON even on a terminal')
    .option('--probe <folder>', 'briefly create a small file in this folder of the drive, to measure how long its notification takes (needs Files.ReadWrite)', path)
    .option('--redeem', 'open a sharing link; this adds the item to what is shared with you'),
  ['graph-watch doctor', 'your own drive'],
  ['graph-watch doctor --probe /Reports', 'briefly create a file in /Reports'],
  ['graph-watch doctor --json > report.json', 'for a program or a report'])
    .action((target: string[], flags: DoctorFlags, command: Command) => run(command.optsWithGlobals(), async (context) => {
      const { runDoctor } = await import('../commands/doctor.ts');
      return runDoctor(context, target, flags);
    }, async (error, surroundings) => {
      const { answerWithoutSettings } = await import('../commands/doctor.ts');
      answerWithoutSettings(surroundings, error, flags);
    }));
  withExamples(program
    .command('completion')
    .description('print a script for shell completion: commands, options, accounts, recent targets')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish', 'powershell'])),
  ['source <(graph-watch completion bash)', 'in ~/.bashrc'],
  ['source <(graph-watch completion zsh)', 'in ~/.zshrc, below compinit'],
  ['graph-watch completion fish | source', 'in ~/.config/fish/config.fish'],
  ['graph-watch completion powershell | Out-String | Invoke-Expression', 'in $PROFILE'])
    .action((shell: Shell, _flags: unknown, command: Command) => run(command.optsWithGlobals(), async (context) => {
      const { runCompletion } = await import('../commands/completion.ts');
      return runCompletion(context, shell);
    }));
}
