import type { Command } from 'commander';
import { withExamples } from './examples.ts';
import type { Run } from './run.ts';

/** `addConfigCommands` adds the subcommands of `config`. */
export function addConfigCommands(group: Command, run: Run): void {
  const actions = [
    ['get', 'print a setting', 'get cloud'],
    ['set', 'store a setting', 'set tenant contoso.onmicrosoft.com'],
    ['unset', 'remove a setting', 'unset tenant'],
    ['list', 'print all stored settings', 'list'],
    ['path', 'print the path of the settings file', 'path'],
  ] as const;
  withExamples(group, ['graph-watch config set output ndjson', 'always print NDJSON'], ['graph-watch config list', 'what is stored']);
  for (const [name, description, example] of actions) {
    const command = group.command(name).description(description);
    if (name === 'get' || name === 'set' || name === 'unset') command.argument('<key>');
    if (name === 'set') command.argument('<value>');
    withExamples(command, [`graph-watch config ${example}`, description]);
    command.action((...parameters: unknown[]) => run(command.optsWithGlobals(), async (context) => {
      const { runConfig } = await import('../commands/config.ts');
      const [key, value] = parameters.filter((parameter) => typeof parameter === 'string');
      return runConfig(context, name, key, value);
    }));
  }
}
