import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { rememberedPath } from '../../src/app/remembered.ts';
import { bareEnv, BINARY } from '../support/binary.ts';
import { describeClient, isInDebian } from './support/client.ts';

/** A target whose name would run commands if a shell evaluated it. */
const HOSTILE = 'list:https://contoso.sharepoint.com/sites/a b/It\'s $(touch pwned) `touch pwned`; "x" & | * ~ ! \\';
const DRIVE = 'drive:b!4sCT1f9z';

let place: string;
let env: Record<string, string>;
let shell: ChildProcess | undefined;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'graph-watch-completion-'));
  const bin = join(place, 'bin');
  const config = join(place, 'config');
  const work = join(place, 'work');
  for (const folder of [bin, config, work]) mkdirSync(folder);
  writeFileSync(join(work, 'targets.txt'), '');
  writeFileSync(join(bin, 'graph-watch'), `#!/bin/sh\nexec '${process.execPath}' '${BINARY}' "$@"\n`);
  chmodSync(join(bin, 'graph-watch'), 0o755);
  const targets = [{ target: DRIVE, name: 'Documents $(touch pwned)' }, { target: HOSTILE, name: '`touch pwned`' }, { target: 'user:ada@contoso.com' }];
  writeFileSync(rememberedPath(config), JSON.stringify({ targets, accounts: ['ada@contoso.com', 'bob@contoso.com'] }));
  env = bareEnv({ GRAPH_WATCH_CONFIG_DIR: config, HOME: place, PATH: `${bin}:${process.env.PATH ?? ''}`, TERM: 'dumb', HISTFILE: '/dev/null' });
});
afterEach(() => {
  shell?.kill('SIGKILL');
  // Nothing that was offered, typed or shown was run.
  expect(readdirSync(join(place, 'work'))).toEqual(['targets.txt']);
  expect(existsSync(join(place, 'pwned'))).toBe(false);
  rmSync(place, { recursive: true, force: true, maxRetries: 5 });
});

/** Types command lines with Tab in them at a terminal; returns their words, since each line is printed instead of being run. */
async function typed(command: string, setUp: string, lines: readonly string[]): Promise<string[][]> {
  const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: join(place, 'work'), env, stdio: ['pipe', 'pipe', 'inherit'] });
  shell = child;
  let heard = '';
  const heardUntil = (wanted: string | RegExp): Promise<void> => new Promise((resolve, reject) => {
    const look = (): void => {
      if (!(typeof wanted === 'string' ? heard.includes(wanted) : wanted.test(heard))) return;
      child.stdout.off('data', look);
      resolve();
    };
    child.stdout.on('data', look);
    child.once('close', () => { reject(new Error(`the shell ended: ${heard}`)); });
    look();
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => { heard += text; });
  child.stdin.write(`${setUp}; echo set-"up"\n`);
  await heardUntil(/set-up\r?\n/);
  const found: string[][] = [];
  for (const [index, line] of lines.entries()) {
    heard = '';
    // Ctrl-A moves to the start, where a command that prints the words is inserted.
    child.stdin.write(`${line}\u0001show ${index} \u0005\n`);
    await heardUntil(new RegExp(`<end ${index}>`));
    found.push([...heard.matchAll(/<<(.*?)>>/gs)].map(([, word = '']) => word.replaceAll('\r\n', '\n')));
  }
  child.stdin.write('exit\n');
  await once(child, 'close');
  return found;
}

const SHOW = 'show() { local n=$1; shift; printf "<<%s>>" "$@"; printf "<end %s>\\n" "$n"; }';
const LINES = [
  'graph-watch log\t', 'graph-watch stat\t', 'graph-watch watch list:\t', 'graph-watch watch drive:\t', 'graph-watch watch \'drive:\t',
  'graph-watch --account b\tstatus', 'graph-watch watch me --out\tnd\t', 'graph-watch watch me --cloud=us\t', 'graph-watch watch many t\t',
  'graph-watch help curs\t',
];
const WORDS = [
  // Two commands match: the letters that both begin with are completed.
  ['graph-watch', 'log'], ['graph-watch', 'status'], ['graph-watch', 'watch', HOSTILE], ['graph-watch', 'watch', DRIVE], ['graph-watch', 'watch', DRIVE],
  ['graph-watch', '--account', 'bob@contoso.com', 'status'], ['graph-watch', 'watch', 'me', '--output', 'ndjson'], ['graph-watch', 'watch', 'me', '--cloud=usgov'], ['graph-watch', 'watch', 'many', 'targets.txt'],
  ['graph-watch', 'help', 'cursor'],
];
describeClient('bash', isInDebian('bash') && isInDebian('script'), () => {
  it('completes commands, options, values, accounts, targets and files, each as one literal word', async () => {
    expect(await typed('bash --norc --noprofile -i', `bind "set enable-bracketed-paste off"; ${SHOW}; source <(graph-watch completion bash)`, LINES)).toEqual(WORDS);
  });

  it('runs nothing that is in front of the cursor', async () => {
    // Ctrl-U removes the line again.
    const [words] = await typed('bash --norc --noprofile -i', `bind "set enable-bracketed-paste off"; ${SHOW}; source <(graph-watch completion bash)`, ['graph-watch watch "$(touch pwned)" --life\t\u0015nothing']);
    expect(words).toEqual(['nothing']);
  });
});

describeClient('zsh', isInDebian('zsh') && isInDebian('script'), () => {
  const setUp = `unsetopt ZLE_BRACKETED_PASTE; unset zle_bracketed_paste; autoload -Uz compinit && compinit -u -d "$HOME/dump"; ${SHOW}; source <(graph-watch completion zsh)`;

  it('completes commands, options, values, accounts, targets and files, each as one literal word', async () => {
    expect(await typed('zsh -f', setUp, LINES)).toEqual(WORDS);
  });

  it('runs nothing that is in front of the cursor', async () => {
    const [words] = await typed('zsh -f', setUp, ['graph-watch watch "$(touch pwned)" --life\t\u0015nothing']);
    expect(words).toEqual(['nothing']);
  });
});

describeClient('fish', isInDebian('fish'), () => {
  /** What fish itself would insert, with each candidate evaluated as one word. */
  function fish(script: string): Promise<string> {
    return new Promise((resolve) => {
      const child = spawn('fish', ['--no-config', '-c', `graph-watch completion fish | source\n${script}`], { cwd: join(place, 'work'), env, stdio: ['ignore', 'pipe', 'inherit'] });
      shell = child;
      let heard = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => { heard += text; });
      child.once('close', () => { resolve(heard); });
    });
  }
  const lineOf = (line: string): string => `'${line.replaceAll('\\', '\\\\').replaceAll('\'', '\\\'')}'`;
  const inserted = (line: string): Promise<string> => fish(`for found in (complete --escape -C ${lineOf(line)}); eval "printf '<%s>' "(string split \\t -- $found)[1]; end`);

  it.each([
    ['graph-watch log', '<login><logout>'],
    ['graph-watch watch list:', `<${HOSTILE}>`],
    ['graph-watch watch \'drive:', `<${DRIVE}>`],
    ['graph-watch watch drive ', '<b!4sCT1f9z>'],
    ['graph-watch --account ', '<ada@contoso.com><bob@contoso.com>'],
    ['graph-watch watch me --output nd', '<ndjson>'],
    ['graph-watch watch many ta', '<targets.txt>'],
    ['graph-watch help curs', '<cursor>'],
    ['graph-watch watch "$(touch pwned)" (touch pwned) --life', '<--lifecycle>'],
  ])('completes %j', async (line, words) => {
    expect(await inserted(line)).toBe(words);
  });
});
