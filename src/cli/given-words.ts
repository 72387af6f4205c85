import type { Option } from 'commander';

/** What stands for a secret, or for a value that may contain one. */
const HIDDEN = '…';
/** Options that may carry a secret, and other tools' words for them. Of a URL to post to, the path may be one too, as that of a Slack webhook. */
const SECRET_OPTIONS = /^(?:-H|--(?:forward-)?headers?|--(?:access-|serve-)?token|--(?:client-)?secret|--password|--(?:api-)?key)$/;
const URL_OPTIONS = /^--(?:forward|webhook|url|post)$/;
/** `user:password@host`, or `token@host`. */
const NATS_OPTIONS = /^--nats(?:-url)?$/;
/** The value of a header option without quotes is only its name: `X-Key: secret` are two words to a shell. */
const HEADER_OPTION = /^(?:-H|--(?:forward-)?headers?)$/;
const HEADER_NAME_ALONE = /^(?:--(?:forward-)?headers?=|-H)?[\w-]+:$/;
/** curl's short form, without a space. */
const ATTACHED_HEADER = /^-H(?=.)/s;

/** `withoutSecrets` returns the words of a command line as they may be repeated: what may be a secret is replaced by `…`. */
export function withoutSecrets(argv: readonly string[]): string[] {
  return argv.map((word, index) => {
    const [, option, value] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? [];
    if (option !== undefined && value !== undefined) return `${option}=${shownValue(option, value)}`;
    return ATTACHED_HEADER.test(word) ? `-H${HIDDEN}` : shownValue(argv[index - 1] ?? '', word);
  });
}

function shownValue(option: string, value: string): string {
  if (SECRET_OPTIONS.test(option)) return HIDDEN;
  if (URL_OPTIONS.test(option)) return shownUrl(value);
  return NATS_OPTIONS.test(option) && value.includes('@') ? HIDDEN : value;
}

function shownUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return HIDDEN;
  return url.pathname === '/' && url.search === '' && url.hash === '' ? text : `${url.origin}/${HIDDEN}`;
}

/** `isHeaderSplit` says whether the shell split the value of a `--forward-header`, or of another tool's option for it, at its space: the rest, which may be a secret, is somewhere among the words. */
export function isHeaderSplit(argv: readonly string[]): boolean {
  return argv.some((word, index) => HEADER_NAME_ALONE.test(word) && index + 1 < argv.length && (word.startsWith('-') || HEADER_OPTION.test(argv[index - 1] ?? '')));
}

/** `operands` returns the words that are neither options nor the values of these options. */
export function operands(argv: readonly string[], options: readonly Option[]): string[] {
  return argv.filter((word, index) => !isOption(word) && takingOption(argv[index - 1] ?? '', word, options) === undefined);
}

/** `takingOption` returns the option that this word is, if it takes the next one, where there is one, as its value. */
export function takingOption(word: string, next: string | undefined, options: readonly Option[]): Option | undefined {
  return options.find(({ long, short, required, optional }) => (word === long || word === short) && (required || (optional && next?.startsWith('-') === false)));
}

function isOption(word: string): boolean {
  return word.startsWith('-') && word !== '-';
}
