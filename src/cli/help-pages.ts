import type { Command } from 'commander';
import type { CommandNode } from './completion/tree.ts';
import { createProgram, GROUPS, HELP_WIDTH } from './program.ts';

/** `helpPages` returns every page of help, with the words that lead to it (`watch`, `me`), as `--help` prints it on a wide terminal. */
export function helpPages(): [words: readonly string[], page: string][] {
  const pages: [readonly string[], string][] = [];
  const add = (command: Command, words: readonly string[]): void => {
    let page = '';
    command.configureOutput({ writeOut: (text) => { page += text; }, getOutHelpWidth: () => HELP_WIDTH });
    command.outputHelp();
    pages.push([words, page]);
    for (const child of command.commands) add(child, [...words, child.name()]);
  };
  add(createProgram(() => Promise.resolve(), GROUPS), []);
  return pages;
}

/** `completions` returns what completion knows of the commands, for the build to write. Nothing else needs what it loads. */
export async function completions(): Promise<CommandNode> {
  const [{ completionTree }, { SETTING_KEYS }] = await Promise.all([import('./completion/tree.ts'), import('../app/stored-settings.ts')]);
  return completionTree(createProgram(() => Promise.resolve(), GROUPS), SETTING_KEYS.map(({ key }) => key));
}
