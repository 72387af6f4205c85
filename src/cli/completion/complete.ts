import type { Remembered } from '../../app/remembered.ts';
import type { CommandNode, OptionNode, Value } from './tree.ts';

/** Suggestion is a word that can stand at the cursor. */
export interface Suggestion {
  value: string;
  /** What it is, for shells that show that. */
  about: string;
}

/** Completion is what can stand at the cursor: words, or the names of local files or folders. */
export type Completion = { kind: 'words'; words: readonly Suggestion[] } | { kind: 'files' | 'folders' };

/**
 * `complete` returns what can replace `current`, the word at the cursor, after the words before it (the program's own
 * name left out). All words are bare, without a shell's quotes.
 */
export function complete(root: CommandNode, before: readonly string[], current: string, remembered: () => Remembered): Completion {
  const place = placeAfter(root, before);
  if (place === undefined) return { kind: 'files' };
  const { path, awaited, position } = place;
  const value = (of: Value, typed = current, head = ''): Completion => valueCompletion(of, { typed, head, root, before, remembered });
  // An option can take the place of an optional value.
  if (awaited !== undefined && !(current.startsWith('-') && maybeNone(awaited))) return value(awaited);
  const options = optionsOf(path);
  const assigned = /^(--[\w-]+=)(.*)$/s.exec(current);
  if (assigned !== null) {
    const [, head = '', typed = ''] = assigned;
    const option = options.find(({ names }) => names.includes(head.slice(0, -1)));
    return option?.value === undefined ? words([]) : value(option.value, typed, head);
  }
  const flags = (): Suggestion[] => options.map(({ names: [name = ''], about }) => ({ value: name, about }));
  if (current.startsWith('-')) return words(starting(flags(), current));
  const command = path.at(-1);
  const commands = position === 0 ? (command?.commands ?? []).map(({ name, about }) => ({ value: name, about })) : [];
  const argument = argumentAt(command?.arguments ?? [], position);
  const values = argument === undefined ? words([]) : value(argument);
  if (values.kind !== 'words') return values;
  const found = [...starting(commands, current), ...values.words];
  const isWhole = argument === undefined && position <= (command?.arguments.length ?? 0);
  // Nothing else can stand here.
  return words(found.length === 0 && current === '' && isWhole ? flags() : found);
}

interface Place {
  /** The command at the cursor, and those above it, the program first. */
  path: readonly CommandNode[];
  /** The value that the word before the cursor takes. */
  awaited: OptionNode['value'] | undefined;
  /** How many arguments the command has been given. */
  position: number;
}

/** Where the words lead, as commander would read them; `undefined` after `--`, where another program's command line begins. */
function placeAfter(root: CommandNode, before: readonly string[]): Place | undefined {
  const path = [root];
  let position = 0;
  let awaited: OptionNode['value'] | undefined;
  for (const word of before) {
    const isOption = word.startsWith('-') && word !== '-';
    if (awaited !== undefined && !(isOption && maybeNone(awaited))) {
      if (awaited.variadic !== true) awaited = undefined;
      continue;
    }
    awaited = undefined;
    if (word === '--') return undefined;
    if (isOption) {
      awaited = optionsOf(path).find(({ names }) => names.includes(word))?.value;
      continue;
    }
    const child = position === 0 ? path.at(-1)?.commands.find(({ name }) => name === word) : undefined;
    if (child === undefined) position += 1;
    else path.push(child);
  }
  return { path, awaited, position };
}

function maybeNone({ optional, variadic }: NonNullable<OptionNode['value']>): boolean {
  return optional === true || variadic === true;
}

/** The options of a command and of those above it; of a group also those of what is below it: they may stand before the target. */
function optionsOf(path: readonly CommandNode[]): OptionNode[] {
  const below = path.length > 1 ? (path.at(-1)?.commands ?? []) : [];
  const all = [...path.toReversed(), ...below].flatMap(({ options }) => options);
  return [...new Map(all.map((option) => [option.names[0], option])).values()];
}

function argumentAt(all: readonly Value[], position: number): Value | undefined {
  const last = all.at(-1);
  return all[position] ?? (last?.variadic === true ? last : undefined);
}

interface ValueScene {
  typed: string;
  /** What stands before the value in the same word: `--cloud=`. */
  head: string;
  root: CommandNode;
  before: readonly string[];
  remembered: () => Remembered;
}

function valueCompletion({ choices, kind, prefix = '' }: Value, { typed, head, root, before, remembered }: ValueScene): Completion {
  const of = (all: readonly Suggestion[]): Completion => words(starting(all, typed).map(({ value, about }) => ({ value: head + value, about })));
  if (choices !== undefined) return of(choices.map((value) => ({ value, about: '' })));
  if (kind === undefined) return words([]);
  switch (kind) {
    case 'files':
    case 'folders':
      return { kind };
    case 'accounts':
      return of(remembered().accounts.map((value) => ({ value, about: '' })));
    case 'targets':
      return of(remembered().targets.filter(({ target }) => target.startsWith(prefix)).map(({ target, name = '' }) => ({ value: target.slice(prefix.length), about: name })));
    case 'commands':
      return of(commandsBelow(root, before.slice(before.indexOf('help') + 1)));
  }
}

function commandsBelow(root: CommandNode, path: readonly string[]): Suggestion[] {
  let found: CommandNode | undefined = root;
  for (const word of path) found = found?.commands.find(({ name }) => name === word);
  return (found?.commands ?? []).map(({ name, about }) => ({ value: name, about }));
}

function starting(all: readonly Suggestion[], typed: string): Suggestion[] {
  return all.filter(({ value }) => value.startsWith(typed));
}

function words(all: readonly Suggestion[]): Completion {
  return { kind: 'words', words: all };
}
