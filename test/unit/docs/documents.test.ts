import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Chalk } from 'chalk';
import { createProgram, GROUPS } from '../../../src/cli/program.ts';
import { replayOptions, type ReplayFlags } from '../../../src/watch/options/replay-options.ts';
import { watchOptions, type WatchFlags } from '../../../src/watch/options/watch-options.ts';
import { formatCursor } from '../../../src/changes/resume/cursor.ts';
import { prettyLine } from '../../../src/output/pretty.ts';
import { anchors, codeBlocks, commandLines, document, documents, inlineCode, ROOT, type CommandLine } from '../../support/documents.ts';
import { schemaErrors } from '../../support/events-schema.ts';

const all = documents();
const lines = all.flatMap((from) => commandLines(from).map((line) => ({ path: from.path, line: line.words.join(' '), ...line })));

/** Every option of every command. */
function knownOptions(): Set<string> {
  const found = new Set(['--help', '-h']);
  const visit = (command: ReturnType<typeof createProgram>): void => {
    for (const { long, short } of command.options) for (const name of [long, short]) if (typeof name === 'string') found.add(name);
    command.commands.forEach(visit);
  };
  // With an address, which adds an option of its own.
  visit(createProgram(() => Promise.resolve(), [...GROUPS, 'https://contoso.sharepoint.com']));
  return found;
}

/** Reads a command line as the program does, without running anything; throws if it is refused. */
async function read({ words, mentioned }: Pick<CommandLine, 'words' | 'mentioned'>): Promise<void> {
  const cursor = formatCursor({ drive: 'a', cursor: 'https://graph.microsoft.com/v1.0/me/drive/root/delta?token=a', at: 0 });
  const at = words.indexOf('--');
  const [own, others] = at < 0 ? [words, undefined] : [words.slice(0, at), words.slice(at + 1)];
  const program = createProgram(async (flags) => {
    if (own[0] === 'replay') replayOptions(flags as ReplayFlags, others);
    else watchOptions(flags as WatchFlags, others, { GRAPH_WATCH_SERVE_TOKEN: 'of at least sixteen characters'.replaceAll(' ', '-') });
    await Promise.resolve();
  }, own);
  const quiet = (command: ReturnType<typeof createProgram>): void => {
    command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
    command.commands.forEach(quiet);
  };
  quiet(program);
  try {
    await program.parseAsync(own.map((word) => (word === '$cursor' || word === 'cursor' && own.includes('--after') ? cursor : word)), { from: 'user' });
  } catch (error) {
    const { exitCode, code } = error as { exitCode?: unknown; code?: unknown };
    // Help and version end the parsing, too; a mention in a sentence need not name the arguments.
    if (exitCode !== 0 && !(mentioned && (code === 'commander.help' || code === 'commander.missingArgument'))) throw error;
  }
}

describe('the README', () => {
  const readme = document('README.md');

  it('is short enough to read', () => {
    expect(readme.text.split('\n').length - 1).toBeLessThanOrEqual(250);
  });

  it('has the two commands for a new machine, which .ci/run runs', () => {
    const ci = readFileSync(join(ROOT, '.ci/run'), 'utf8');
    for (const command of ['npm ci && npm run demo', 'npm ci && npm test']) {
      expect(codeBlocks(readme).map(({ text }) => text.trim())).toContain(command);
      expect(ci).toContain(command);
    }
  });

  it('says on the first screen that nobody has run it against a live tenant', () => {
    expect(readme.text.split('\n').slice(0, 30).join('\n')).toContain('not yet run against a live tenant');
  });

  it('links to every page in docs', () => {
    for (const name of readdirSync(join(ROOT, 'docs'))) expect(readme.text).toContain(`(docs/${name}`);
  });
});

describe('the page about the code', () => {
  const { text } = document('docs/architecture.md');

  it('names every folder of src', () => {
    for (const { name } of readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory())) expect(text).toContain(`\n  ${name}/ `);
  });

  it('has a walk-through no longer than one screen', () => {
    const walk = codeBlocks(document('docs/architecture.md')).at(-1)?.text ?? '';
    expect(walk).toContain('main.ts');
    expect(walk.split('\n').length).toBeLessThanOrEqual(40);
  });
});

describe.each(all)('$path', (from) => {
  it('has no broken link', () => {
    for (const [, link = ''] of from.text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link)) continue;
      const [file = '', anchor] = link.split('#');
      const path = file === '' ? from.path : normalize(join(dirname(from.path), file));
      expect({ link, exists: existsSync(join(ROOT, path)) }).toEqual({ link, exists: true });
      if (anchor !== undefined) expect({ link, anchors: anchors(document(path)) }).toEqual({ link, anchors: expect.arrayContaining([anchor]) });
    }
  });

  it('names no option that does not exist', () => {
    const known = knownOptions();
    // Those of other programs, when named outside a command line.
    const foreign = new Set(['--help', '--runs', '--minutes', '--check']);
    const named = inlineCode(from).filter((code) => !/^(?:npm|node|curl|systemctl|docker) /.test(code))
      .flatMap((code) => code.match(/(?<![\w-])--[a-z][a-z-]*/g) ?? []);
    expect(named.filter((name) => !known.has(name) && !foreign.has(name))).toEqual([]);
  });

  it('names no source file that does not exist', () => {
    const rooms = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
    for (const [path, room = ''] of from.text.matchAll(/(?<![\w/])(?:src\/)?(\w[\w-]*)\/(?:[\w-]+\/)*[\w.-]+\.ts\b/g)) {
      if (room === 'test' || room === 'docs') continue;
      expect(rooms).toContain(room);
      expect({ path, exists: existsSync(join(ROOT, 'src', path.replace(/^src\//, ''))) }).toEqual({ path, exists: true });
    }
  });

  it('names no npm script that does not exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    for (const [, name = ''] of from.text.matchAll(/npm run ([\w:-]+)/g)) expect(Object.keys(scripts)).toContain(name);
  });

  it('shows the line of a ready watch exactly', () => {
    const shown = codeBlocks(from).flatMap(({ text }) => text.split('\n')).filter((line) => /^\d\d:\d\d:\d\d {2}ready /.test(line));
    const ready = prettyLine({ type: 'ready', time: 0, target: 'me', renewAt: 0 }, { chalk: new Chalk({ level: 0 }), now: 0, name: 'Ada Lovelace\'s OneDrive' }).trimEnd();
    if (from.path === 'README.md') expect(shown).not.toEqual([]);
    for (const line of shown) expect(line.slice(8)).toBe(ready.slice(8));
  });

  it('shows records that the schema allows', () => {
    const records = codeBlocks(from).filter(({ language }) => language === 'json')
      .flatMap(({ text }) => text.trim().split(/\n(?=\{)/)).map((text) => JSON.parse(text) as Record<string, unknown>)
      // The output of `drives` has a target too, and a kind.
      .filter((record) => 'target' in record && !('kind' in record));
    for (const record of records) expect(schemaErrors(record)).toEqual([]);
  });
});

describe('a command line in the documentation', () => {
  it('is found in every kind of block', () => {
    const text = ['```sh', 'cursor=$(graph-watch cursor me)', 'A=b graph-watch status # what', 'graph-watch watch me -n 1 > a | b', '```', '```console', '$ graph-watch watch list a "b c"', 'graph-watch says', '```', '```dockerfile', 'CMD ["graph-watch", "status"]', '```', '`graph-watch logout --all`'].join('\n');
    expect(commandLines({ path: 'x.md', text }).map(({ words }) => words))
      .toEqual([['cursor', 'me'], ['status'], ['watch', 'me', '-n', '1'], ['watch', 'list', 'a', 'b c'], ['status'], ['logout', '--all']]);
  });

  it('is refused by this test if it is wrong', async () => {
    const line = (text: string): CommandLine => ({ words: text.split(' '), mentioned: false });
    await expect(read(line('watch me --chnages'))).rejects.toThrow('unknown option');
    await expect(read(line('watch me --path /a'))).rejects.toThrow('--path');
    await expect(read(line('watch me --debounce 1s'))).rejects.toThrow('--debounce');
    await expect(read(line('watch drive'))).rejects.toThrow('missing required argument');
    await expect(read({ ...line('wach drive'), mentioned: true })).rejects.toThrow('unknown command');
  });

  it('never hides gaps', () => {
    for (const { words, line } of lines) if (words.includes('--quiet') || words.includes('-q')) expect(line).toContain('--lifecycle');
  });

  it.each(lines)('in $path is valid: graph-watch $line', async (line) => {
    await read(line);
  });
});

describe('SECURITY.md', () => {
  it('names a test for each promise, and all of them exist', () => {
    const rows = document('SECURITY.md').text.split('\n').filter((line) => /^\| .* \|.*`(?:unit|end-to-end)\//.test(line));
    expect(rows.length).toBeGreaterThan(15);
    for (const row of rows) {
      const named = [...row.matchAll(/`((?:unit|end-to-end)\/[\w/-]+)`/g)].map(([, name]) => `test/${name ?? ''}.test.ts`);
      expect(named).not.toEqual([]);
      expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    }
  });
});
