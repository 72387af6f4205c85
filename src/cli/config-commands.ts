import type { Command } from 'commander';
import type { Run } from './run.ts';

/** `addConfigCommands` adds the subcommands of `config`. */
export function addConfigCommands(group: Command, run: Run): void {
  const actions = [
    ['get', 'print a setting'],
    ['set', 'store a setting'],
    ['unset', 'remove a setting'],
    ['list', 'print all stored settings'],
    ['path', 'print the path of the settings file'],
  ] as const;
  for (const [name, description] of actions) {
    const command = group.command(name).description(description);
    if (name === 'get' || name === 'set' || name === 'unset') command.argument('<key>');
    if (name === 'set') command.argument('<value>');
    command.action((...parameters: unknown[]) => run(command.optsWithGlobals(), async (context) => {
      const { runConfig } = await import('../commands/config.ts');
      const [key, value] = parameters.filter((parameter) => typeof parameter === 'string');
      return runConfig(context, name, key, value);
    }));
  }
}
