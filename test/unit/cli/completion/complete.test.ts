import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Remembered } from '../../../../src/app/remembered.ts';
import { complete } from '../../../../src/cli/completion/complete.ts';
import type { CommandNode } from '../../../../src/cli/completion/tree.ts';
import { completions } from '../../../../src/main.ts';

const remembered: Remembered = {
  targets: [{ target: 'drive:b!x', name: 'Documents' }, { target: 'user:ada@contoso.com' }, { target: 'list:contoso.sharepoint.com/Shared Documents' }],
  accounts: ['ada@contoso.com', 'bob@contoso.com'],
};

let tree: CommandNode;
beforeAll(async () => {
  tree = await completions();
});
function suggested(line: string): string[] | string {
  const words = line.split(' ');
  const found = complete(tree, words.slice(0, -1), words.at(-1) ?? '', () => remembered);
  return found.kind === 'words' ? found.words.map(({ value }) => value) : found.kind;
}

describe('completion', () => {
  it('is built from the current program', () => {
    expect(JSON.parse(readFileSync(fileURLToPath(new URL('../../../../dist/completion.json', import.meta.url)), 'utf8'))).toEqual(tree);
  });

  it.each([
    ['log', ['login', 'logout']],
    ['watch m', ['me', 'many']],
    ['watch drive', ['drive', 'drive:b!x']],
    ['watch drive ', ['b!x']],
    ['watch user ', ['ada@contoso.com']],
    ['watch list:', ['list:contoso.sharepoint.com/Shared Documents']],
    ['endpoint dri', ['drive', 'drive:b!x']],
    ['doctor drive:', ['drive:b!x']],
    ['ls user', ['user:ada@contoso.com']],
    ['--cloud u', ['usgov', 'usgov-dod']],
    ['--cloud=u', ['--cloud=usgov', '--cloud=usgov-dod']],
    ['--auth ', ['user', 'app', 'managed-identity']],
    ['watch me -o n', ['ndjson']],
    ['watch me --output ', ['pretty', 'ndjson', 'cloudevents']],
    ['--account b', ['bob@contoso.com']],
    ['watch me --account ', ['ada@contoso.com', 'bob@contoso.com']],
    ['watch me --life', ['--lifecycle']],
    // Options may stand before the target.
    ['watch --life', ['--lifecycle']],
    ['watch --changes m', ['me', 'many']],
    ['watch --resume m', []],
    ['watch me --resume --onc', ['--once']],
    ['config set cl', ['client-id', 'cloud']],
    ['config se', ['set']],
    ['completion ', ['bash', 'zsh', 'fish', 'powershell']],
    ['help wat', ['watch']],
    ['help config s', ['set']],
    ['watch me --count ', []],
    ['nonsense ', []],
    ['--cloud=mars ', 'some'],
    ['status --nope=', []],
    ['login --scope A B --bro', ['--browser']],
  ])('of "%s"', (line, words) => {
    if (words === 'some') expect(suggested(line)).toContain('watch');
    else expect(suggested(line)).toEqual(words);
  });

  it.each([
    ['watch me --ready-file ', 'files'], ['watch many ', 'files'], ['emulator ', 'folders'], ['emulator --directory x', 'files'], ['watch me -- ', 'files'], ['watch me -- make ', 'files'],
  ])('of "%s" are %s', (line, kind) => {
    expect(suggested(line)).toBe(kind);
  });

  it('offers options where nothing else can come', () => {
    expect(suggested('watch me ')).toContain('--changes');
    expect(suggested('status ')).toContain('--json');
    expect(suggested('ls me /')).toEqual([]);
  });

  it('describes commands, options and targets', () => {
    const found = complete(tree, ['watch'], 'drive', () => remembered);
    expect(found).toEqual({ kind: 'words', words: [{ value: 'drive', about: 'a drive' }, { value: 'drive:b!x', about: 'Documents' }] });
  });

  it('does not read the remembered targets unless it needs them', () => {
    complete(tree, [], 'wat', () => { throw new Error('read'); });
    expect(() => complete(tree, ['watch'], '', () => { throw new Error('read'); })).toThrow('read');
  });

  it('knows every visible command and option, and never throws', () => {
    const words = new Set<string>();
    const collect = (node: CommandNode): void => {
      words.add(node.name);
      for (const { names } of node.options) for (const name of names) words.add(name);
      node.commands.forEach(collect);
    };
    collect(tree);
    fc.assert(fc.property(fc.array(fc.oneof(fc.constantFrom(...words, '--', '-', '', '--x='), fc.string()), { maxLength: 6 }), fc.oneof(fc.constantFrom(...words), fc.string()), (before, current) => {
      const found = complete(tree, before, current, () => remembered);
      if (found.kind === 'words') for (const { value } of found.words) expect(value.startsWith(current)).toBe(true);
    }));
  });
});
