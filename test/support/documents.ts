import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** One Markdown file of the project. */
export interface Document {
  /** Relative to the project's root. */
  path: string;
  text: string;
}

/** A fenced block of code. */
export interface CodeBlock {
  /** `sh`, `console`, `json` …; empty if the fence names none. */
  language: string;
  text: string;
}

/** Returns every Markdown file that people read: those in the root folder and in docs. */
export function documents(): Document[] {
  const own = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  const docs = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`);
  return [...own, ...docs].map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

/** Returns the document at this path. */
export function document(path: string): Document {
  return { path, text: readFileSync(join(ROOT, path), 'utf8') };
}

const FENCED = /^```(\w*)\n(.*?)^```$/gms;

export function codeBlocks({ text }: Document): CodeBlock[] {
  return [...text.matchAll(FENCED)].map(([, language = '', code = '']) => ({ language, text: code }));
}

/** Returns the parts of the text between backticks. */
export function inlineCode({ text }: Document): string[] {
  return [...text.replace(FENCED, '').matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code.replaceAll('\\|', '|'));
}

/** Returns the anchors that GitHub gives to the headings. */
export function anchors({ text }: Document): string[] {
  return [...text.replace(FENCED, '').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'));
}

/** A command line of graph-watch. */
export interface CommandLine {
  /** What follows the name; a `<placeholder>` is a word. */
  words: string[];
  /** Whether it is part of a sentence, where a command may be named without its arguments. */
  mentioned: boolean;
}

/**
 * Returns the command lines of graph-watch in a document: in scripts, in the lines of a console that begin
 * with `$`, in a unit's `ExecStart`, in a Dockerfile's `CMD`, and within sentences.
 */
export function commandLines(from: Document): CommandLine[] {
  const found: CommandLine[] = [];
  for (const { language, text } of codeBlocks(from)) {
    if (language === 'json' || language === 'text') continue;
    for (const line of text.replaceAll('\\\n', ' ').split('\n')) {
      if (language === 'console' && !line.startsWith('$ ')) continue;
      const list = /^CMD (\[.*\])$/.exec(line)?.[1];
      if (list !== undefined) found.push({ words: (JSON.parse(list) as string[]).slice(1), mentioned: false });
      // Where a command may begin: at the start, or after an operator, an assignment, or env.
      for (const { index, 0: before } of line.matchAll(/(?:^(?:\$ )?|\$\(|[|;&] *|= *|\/usr\/bin\/env )\s*(?:[A-Z_]+=\S+ )*graph-watch(?= )/g)) {
        found.push({ words: wordsOf(line.slice(index + before.length)), mentioned: false });
      }
    }
  }
  for (const code of inlineCode(from)) if (code.startsWith('graph-watch ')) found.push({ words: wordsOf(code.slice('graph-watch'.length)), mentioned: true });
  return found;
}

/** Splits a command as a shell does, up to an operator, a comment, or the parenthesis that ends it. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  const next = /\s*(?:((?:"[^"]*"|'[^']*'|[^\s"'|;&>)#]|(?<=\S)#)+)|([|;&>)#].*))/y;
  const plain = text.replace(/[<[](\w+)[>\]]/g, '$1');
  for (let word = next.exec(plain)?.[1]; word !== undefined; word = next.exec(plain)?.[1]) {
    words.push(word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'));
  }
  return words;
}
