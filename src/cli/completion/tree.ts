import type { Argument, Command, Option } from 'commander';

/** ValueKind is what a value can be completed with, if it has no list of choices. */
export type ValueKind = 'accounts' | 'targets' | 'files' | 'folders' | 'commands';

/** Value is what an option, or an argument, takes. */
export interface Value {
  choices?: readonly string[];
  kind?: ValueKind;
  /** The prefix in one word of a target whose kind is a word before it (`watch drive <driveId>`). */
  prefix?: string;
  /** Takes any number of words. */
  variadic?: true;
}

export interface OptionNode {
  names: readonly string[];
  about: string;
  /** Absent for a flag. */
  value?: Value & { optional?: true };
}

/** CommandNode is a command as completion sees it. */
export interface CommandNode {
  name: string;
  about: string;
  options: readonly OptionNode[];
  arguments: readonly Value[];
  commands: readonly CommandNode[];
}

/**
 * `completionTree` returns a commander tree as data: the build writes it, so that completion loads nothing else.
 * `settings` are the keys of `config`.
 */
export function completionTree(command: Command, settings: readonly string[], above: readonly string[] = []): CommandNode {
  const help = command.createHelp();
  const words = [...above, command.name()];
  const commands = help.visibleCommands(command).map((child) => completionTree(child, settings, words));
  const own = command.registeredArguments.map((argument) => argumentValue(argument, settings, words));
  // In place of a command below it, each group takes a target in one word.
  const takesTarget = commands.some(({ name }) => name === 'drive');
  return {
    name: command.name(),
    about: command.description(),
    options: help.visibleOptions(command).map(optionNode),
    arguments: own.length === 0 && takesTarget ? [{ kind: 'targets' }] : own,
    commands,
  };
}

function optionNode(option: Option): OptionNode {
  const names = [option.long, option.short].filter((name) => name !== undefined);
  const about = option.description;
  if (!option.required && !option.optional) return { names, about };
  const value: Value = {
    ...(option.argChoices === undefined ? {} : { choices: option.argChoices }),
    ...(option.long === '--account' ? { kind: 'accounts' } : {}),
    ...(/<(?:path|file)>/.test(option.flags) ? { kind: 'files' } : {}),
  };
  return { names, about, value: { ...value, ...(option.optional ? { optional: true } : {}), ...(option.variadic ? { variadic: true } : {}) } };
}

/** The word before an id, and the prefix of targets of that kind in one word. */
const TARGET_KINDS: Readonly<Record<string, string>> = { drive: 'drive:', group: 'group:', user: 'user:' };

function argumentValue(argument: Argument, settings: readonly string[], words: readonly string[]): Value {
  const [, group = '', command = ''] = words;
  const name = argument.name();
  const prefix = TARGET_KINDS[command];
  const value: Value = argument.argChoices !== undefined ? { choices: argument.argChoices }
    : name === 'target' ? { kind: 'targets' }
      : prefix !== undefined ? { kind: 'targets', prefix }
        : name === 'file' ? { kind: 'files' }
          : name === 'folder' ? { kind: 'folders' }
            : name === 'command' ? { kind: 'commands' }
              : group === 'config' && name === 'key' ? { choices: settings } : {};
  return { ...value, ...(argument.variadic ? { variadic: true } : {}) };
}
