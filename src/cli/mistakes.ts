import type { Command, Option } from 'commander';
import { usageError, type WatchError } from '../errors.ts';
import { isTargetWord } from '../graph/target-words.ts';
import { notTargetError, quoted } from '../graph/target-mistakes.ts';
import { isHeaderSplit, operands, withoutSecrets } from './given-words.ts';

/** CommandLineError is what commander says about a command line. */
export interface CommandLineError {
  code: string;
  message: string;
  /** The command that found it, with the words that lead to it: `graph-watch watch me`. */
  command: string;
}

/** Other tools' words for our commands. */
const COMMANDS: Readonly<Record<string, string>> = {
  listen: 'watch', tail: 'watch', stream: 'watch', subscribe: 'watch', start: 'watch', run: 'watch', monitor: 'watch', me: 'watch me', many: 'watch many',
  auth: 'login', signin: 'login', 'sign-in': 'login', connect: 'login', signout: 'logout', whoami: 'status', accounts: 'status', version: '--version', play: 'replay', rerun: 'replay', list: 'drives', search: 'drives', find: 'drives',
};

/** Other tools' words for our options. */
const OPTIONS: Readonly<Record<string, string>> = {
  '--verbose': '--debug', '-v': '--debug', '--format': '--output', '-f': '--output', '--limit': '--count', '--max': '--count', '--interval': '--poll', '--every': '--poll',
  '--exec': '--', '--command': '--', '--webhook': '--forward', '--url': '--forward', '--post': '--forward', '--folder': '--path', '--filter': '--path', '--include': '--path',
  '--user': '--account', '--profile': '--account', '--scopes': '--scope', '--full': '--index', '--from': '--since', '--cursor': '--after', '--persist': '--resume', '--wait': '--timeout',
  '--log': '--record', '--save': '--record', '--tee': '--record', '--rate': '--speed',
};

/** Options of `watch many` alone. */
const OF_MANY: readonly string[] = ['--cluster', '--lease', '--member'];

const TARGET_COMMANDS = ['watch', 'endpoint', 'cursor'];
const KINDS = ['drive', 'group', 'user', 'site'];
/** What people run for each event. */
const PROGRAM = /^(?:\.{0,2}\/|[a-z]:\\|~\/)|\.(?:sh|py|js|mjs|rb|pl|ps1|cmd|bat|exe)$|^(?:bash|sh|zsh|pwsh|powershell|node|python3?|deno|bun|make|npm|npx|jq|cat|echo|notify-send|xargs)$/i;

/** `explained` turns commander's complaint into the usage error that people see: what was meant, and how it is written. It repeats no secret of the command line. */
export function explained({ code, message, command }: CommandLineError, program: Command, given: readonly string[]): WatchError {
  const plain = message.replace(/^error: /, '').replace(/^(unknown option '(?:-H|[^'=]*(?==))).*'/s, '$1\'').replace(/\s*\n\s*/g, ' ');
  const help = `See ${command} --help.`;
  const words = command.split(' ').slice(1);
  const argv = withoutSecrets(given);
  if (['commander.unknownCommand', 'commander.excessArguments'].includes(code) && isHeaderSplit(given)) return usageError('The shell split the value of --forward-header.', 'Put it in quotes: --forward-header \'Name: value\'');
  switch (code) {
    case 'commander.help':
      return usageError('Missing command.', command === 'graph-watch' ? 'Try: graph-watch demo, graph-watch login, graph-watch watch me --changes' : undefined);
    case 'commander.unknownCommand':
      return unknownCommand(/'(.*)'/s.exec(message)?.[1] ?? '', command, argv) ?? notTarget(plain, words, program, argv) ?? usageError(plain, help);
    case 'commander.unknownOption':
      return unknownOption(/'(.*)'/s.exec(plain)?.[1] ?? '', words, program) ?? usageError(plain, help);
    case 'commander.excessArguments':
      return tooMany(words, program, argv) ?? usageError(plain, help);
    case 'commander.invalidArgument':
      return usageError(`${plain}${/argument '(?:jason|jsonl?|jsn)'/i.test(plain) ? ' (Did you mean json?)' : ''}`, help);
    default:
      return usageError(plain, help);
  }
}

function unknownCommand(word: string, command: string, argv: readonly string[]): WatchError | undefined {
  const [, group] = command.split(' ');
  if (group !== undefined) return TARGET_COMMANDS.includes(group) ? notTargetError(word, { command }) : undefined;
  const rest = argv.slice(argv.indexOf(word) + 1);
  const whole = (...start: string[]): string => ['graph-watch', ...start, ...rest.map(quoted)].join(' ');
  if (isTargetWord(word)) return usageError('Missing command.', `To watch that address: ${whole('watch', quoted(/[?#]/.test(word) ? '<address>' : word))}`);
  if (KINDS.includes(word)) return usageError(`"${word}" is not a command; it is a target for watch.`, `Try: ${whole('watch', word)}`);
  const known = Object.hasOwn(COMMANDS, word.toLowerCase()) ? COMMANDS[word.toLowerCase()] : undefined;
  if (known !== undefined) return usageError(`unknown command '${word}' (Did you mean ${known}?)`, `Try: ${whole(known)}`);
  if (word.startsWith('b!')) return usageError('Missing command.', `To watch that drive: ${whole('watch', 'drive', quoted(word))}`);
  return undefined;
}

/** A word where a target belongs: most likely the name of something. Commander's own guess ("Did you mean me?") is better. */
function notTarget(plain: string, [group = '']: readonly string[], program: Command, argv: readonly string[]): WatchError | undefined {
  if (!TARGET_COMMANDS.includes(group) || plain.includes('Did you mean')) return undefined;
  const name = operands(argv.slice(argv.indexOf(group) + 1), optionsOf(program, group)).join(' ');
  return usageError(`"${name}" is not a valid target.`, `To find a drive by its name: graph-watch drives ${quoted(name)}. Targets: graph-watch ${group} --help`);
}

function unknownOption(option: string, words: readonly string[], program: Command): WatchError | undefined {
  const [group = '', kind] = words;
  const ofGroup = program.commands.find((command) => command.name() === group);
  const known = ofGroup?.commands.flatMap((command) => command.options) ?? [];
  const isKnown = (name: string): boolean => known.some(({ long, short }) => long === name || short === name);
  if (group === 'watch' && OF_MANY.includes(option)) return usageError(`${option} is for watch many: a single drive cannot be shared.`, 'For a list of targets: graph-watch watch many <file> --cluster <name> --nats <url>');
  // `watch --changes`: the option is right, and the target is missing.
  if (kind === undefined && isKnown(option)) return usageError('Missing target.', `For your own drive: graph-watch ${group} me ${option} …. For others, see graph-watch ${group} --help.`);
  if (/^-\w{2,}$/.test(option) && isKnown(`-${option}`)) return usageError(`unknown option '${option}' (Did you mean -${option}?)`, 'Long options begin with two hyphens.');
  const ours = Object.hasOwn(OPTIONS, option) ? OPTIONS[option] : undefined;
  if (ours === '--') return usageError(`unknown option '${option}'`, `A command to run for each event goes last, after --: graph-watch ${words.join(' ')}${group === 'replay' ? ' <file>' : ''} -- ./script.sh`);
  const inReach = ours !== undefined && (isKnown(ours) || [...program.options, ...(ofGroup?.options ?? [])].some(({ long }) => long === ours));
  return inReach ? usageError(`unknown option '${option}' (Did you mean ${ours}?)`, `See graph-watch ${words.join(' ')} --help.`) : undefined;
}

/** More words than the command takes: a path, a command without `--`, or an address that the shell split. */
function tooMany(words: readonly string[], program: Command, argv: readonly string[]): WatchError | undefined {
  const [group = '', kind = ''] = words;
  if (!TARGET_COMMANDS.includes(group)) return undefined;
  const at = argv.findIndex((word) => word === kind || (kind === 'target' && isTargetWord(word)));
  const rest = operands(argv.slice(at + 1), optionsOf(program, group));
  const extra = kind === 'me' ? rest : rest.slice(kind === 'target' ? 0 : kind === 'list' ? 2 : 1);
  const [first] = extra;
  if (first === undefined) return undefined;
  const target = commandLine([...argv.slice(at, at + 1), ...rest.slice(0, rest.length - extra.length)]);
  if (/^[–—]/.test(first)) return notTargetError(first, { command: '' });
  const script = extra.find((word) => PROGRAM.test(word));
  if (group === 'watch' && script !== undefined) {
    return usageError(`Unexpected argument after watch ${kind}: "${script}".`, `A command to run for each event goes last, after --: graph-watch ${commandLine(argv.slice(0, argv.indexOf(script)))} -- ${commandLine(argv.slice(argv.indexOf(script)))}`);
  }
  if (kind === 'target') return usageError('The address contains spaces, so the shell split it.', `Put it in quotes: graph-watch ${group} ${quoted('<address>')}`);
  if (isTargetWord(first)) return usageError(`Only one target is allowed; you already gave "${kind}".`, 'For several targets: graph-watch watch many <file>');
  if (group !== 'watch') return undefined;
  const name = extra.join(' ');
  const folder = `graph-watch watch ${target} --changes --path ${quoted(`/${name.replace(/^\/|\/$/g, '')}/**`)}`;
  return usageError(`Unexpected argument after watch ${kind}: "${name}".`, `If that is a folder: ${folder}. If it is a command: graph-watch watch ${target} --changes -- ${commandLine(extra)}`);
}

/** The options that the targets of a command have, and the global ones. */
function optionsOf(program: Command, group: string): readonly Option[] {
  return [...program.options, ...program.commands.filter((command) => command.name() === group).flatMap(({ commands }) => commands.flatMap(({ options }) => options))];
}

function commandLine(words: readonly string[]): string {
  return words.map(quoted).join(' ');
}
