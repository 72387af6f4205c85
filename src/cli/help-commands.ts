import type { Command } from 'commander';
import type { DoctorFlags } from '../commands/doctor.ts';
import { path } from './flag-values.ts';
import type { Run } from './run.ts';

/** `addHelpCommands` adds the commands that help to use the others: doctor. */
export function addHelpCommands(program: Command, run: Run): void {
  program
    .command('doctor')
    .description('try each step on the way to a watch, and say what failed and what to do')
    .argument('[target...]', 'a URL, me (the default), drive <id>, group <id>, user <user> or list <site> <list>')
    .option('--json', 'print JSON even on a terminal')
    .option('--probe <folder>', 'make a small file in this folder of the drive for a moment, to see how long its notification takes (needs Files.ReadWrite)', path)
    .option('--redeem', 'open a sharing link, which adds it to what is shared with you')
    .action((target: string[], flags: DoctorFlags, command: Command) => run(command.optsWithGlobals(), async (context) => {
      const { runDoctor } = await import('../commands/doctor.ts');
      return runDoctor(context, target, flags);
    }, async (error, surroundings) => {
      const { answerWithoutSettings } = await import('../commands/doctor.ts');
      answerWithoutSettings(surroundings, error, flags);
    }));
}
