import type { Command, Option } from 'commander';
import { usageError } from '../errors.ts';
import { isTargetWord } from '../graph/target-words.ts';
import { takingOption } from './given-words.ts';
import { TO_CHOOSE } from './target-commands.ts';

/**
 * `targetFirst` moves the target of a `watch` before the options between the two: commander takes those for options
 * of `watch` itself, which has none. Throws a usage error if an option with an optional value took the target as its
 * value (`watch --resume me`). If there is no target, and somebody can be asked, the command that asks takes its place.
 */
export function targetFirst(program: Command, argv: readonly string[]): readonly string[] {
  const watch = program.commands.find((command) => command.name() === 'watch');
  if (watch === undefined) return argv;
  const options = [...program.options, ...watch.commands.flatMap((command) => command.options)];
  const at = firstWord(argv, 0, options).word;
  if (argv[at] !== 'watch') return argv;
  const isTarget = (word: string | undefined): boolean => word !== undefined && (watch.commands.some((command) => command.name() === word) || isTargetWord(word));
  const { word, taken } = firstWord(argv, at + 1, options);
  if (!isTarget(argv[word])) {
    const eaten = taken.find(({ value }) => isTarget(value));
    if (eaten === undefined) return asks(watch, argv, word) ? [...argv.slice(0, at + 1), TO_CHOOSE, ...argv.slice(at + 1)] : argv;
    throw usageError(`${eaten.option} took "${eaten.value}" as its value, so there is no target.`, `Put the target first: graph-watch watch ${eaten.value} … ${eaten.option}`);
  }
  return [...argv.slice(0, at + 1), ...argv.slice(word, word + 1), ...argv.slice(at + 1, word), ...argv.slice(word + 1)];
}

function asks(watch: Command, argv: readonly string[], word: number): boolean {
  const isHelp = argv.some((option) => ['-h', '--help', '-V', '--version'].includes(option));
  return word >= argv.length && !isHelp && watch.commands.some((command) => command.name() === TO_CHOOSE);
}

/** Returns the index of the first word that is neither an option nor the value of one (the end if there is none), and the optional values that were taken before it. */
function firstWord(argv: readonly string[], from: number, options: readonly Option[]): { word: number; taken: { option: string; value: string }[] } {
  const taken: { option: string; value: string }[] = [];
  let at = from;
  for (let token = argv[at]; token?.startsWith('-') === true && token !== '-'; token = argv[at]) {
    const name = token;
    const value = argv[at + 1];
    const option = takingOption(name, value, options);
    if (option?.optional === true && value !== undefined) taken.push({ option: name, value });
    at += option === undefined ? 1 : 2;
  }
  return { word: at, taken };
}
