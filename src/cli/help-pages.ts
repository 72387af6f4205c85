import type { Command } from 'commander';
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
