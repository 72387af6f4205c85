import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configFolder } from '../../app/config-folder.ts';
import { readRemembered } from '../../app/remembered.ts';
import { bashReplacement, readBashLine } from './bash-line.ts';
import { complete, type Suggestion } from './complete.ts';
import type { CommandNode } from './tree.ts';

/**
 * `answerCompletion` is the hidden command that the completion scripts run at each Tab: `__complete bash <command> <line>
 * <COMP_WORDBREAKS>`, or `__complete <shell> <words…>`, the last of them the one at the cursor. It returns lines for the
 * script: first the kind (`words`, `files`, `folders`), then the words, each followed by a tab and what it is. `folder` has
 * the tree that the build wrote: neither commander nor anything of a command is loaded.
 */
export async function answerCompletion([shell, ...argv]: readonly string[], folder: string, env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const tree = JSON.parse(readFileSync(join(folder, 'completion.json'), 'utf8')) as CommandNode;
  const config = await configFolder(env).catch(() => undefined);
  const remembered = (): ReturnType<typeof readRemembered> => (config === undefined ? { targets: [], accounts: [] } : readRemembered(config));
  if (shell === 'bash') {
    const [command = '', line = '', breaks = ''] = argv;
    const { before, last } = readBashLine(line, breaks);
    const found = complete(tree, before.slice(before.indexOf(command) + 1), last.bare, remembered);
    if (found.kind !== 'words') return `${found.kind}\n`;
    return lines(found.words.flatMap(({ value }) => bashReplacement(value, last) ?? []));
  }
  const typed = argv.at(-1) ?? '';
  // PowerShell's script adds a point, since an empty word would get lost.
  const current = bareWord(shell === 'powershell' ? typed.slice(0, -1) : typed);
  const found = complete(tree, argv.slice(0, -1), current, remembered);
  return found.kind === 'words' ? lines(found.words.map(tabbed)) : `${found.kind}\n`;
}

/** The other shells pass the word as it is typed, quotation marks included, and quote what replaces it. */
function bareWord(typed: string): string {
  return readBashLine(typed, '').last.bare;
}

function tabbed({ value, about }: Suggestion): string {
  return about === '' ? value : `${value}\t${about}`;
}

/** Leaves out what is more than one line, or would control a terminal. */
function lines(all: readonly string[]): string {
  return ['words', ...all.filter((line) => !/(?!\t)\p{Cc}/u.test(line))].map((line) => `${line}\n`).join('');
}
