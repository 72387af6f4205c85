import type { ChalkInstance } from 'chalk';
import stringWidth from 'string-width';
import { describeDuration } from '../lib/duration.ts';
import { safeText } from '../output/safe-text.ts';
import type { StepResult } from './steps.ts';

/** Longer lines are hard to read, even if the terminal has room. */
const WIDEST = 100;
/** `skipped  namespace    850 ms  ` */
const COLUMNS = [7, 9, 9] as const;
const INDENT = COLUMNS.reduce((sum, width) => sum + width + 2, 0);
/** Below this the detail has lines of its own. */
const NARROW = 60;

/** `stepLines` returns a step as lines for people, at most `columns` wide: how it went, its name, how long it took, what it found, what to do. */
export function stepLines({ step, result, ms, detail, advice }: StepResult, chalk: ChalkInstance, columns: number): string {
  const width = Math.min(columns, WIDEST);
  const color = { ok: chalk.green, failed: chalk.red, skipped: chalk.dim }[result];
  const time = ms === null ? '' : describeDuration(ms);
  const head = `${color(result.padEnd(COLUMNS[0]))}  ${step.padEnd(COLUMNS[1])}  ${chalk.dim(time.padStart(COLUMNS[2]))}`;
  const narrow = width < NARROW;
  const indent = narrow ? 2 : INDENT;
  const texts = [...wrapped(safeText(detail), width - indent), ...(advice === null ? [] : wrapped(`→ ${safeText(advice)}`, width - indent).map((line) => chalk.bold(line)))];
  if (narrow) return [head, ...texts.map((line) => ' '.repeat(indent) + line)].map((line) => `${line.trimEnd()}\n`).join('');
  const [first = '', ...more] = texts;
  return [`${head}  ${first}`, ...more.map((line) => ' '.repeat(indent) + line)].map((line) => `${line.trimEnd()}\n`).join('');
}

/** `paragraph` returns a text as lines of at most `columns`. */
export function paragraph(text: string, columns: number): string {
  return wrapped(safeText(text), Math.min(columns, WIDEST)).map((line) => `${line}\n`).join('');
}

/** Breaks a text between words, and a word that is wider than a line (a path, an address) wherever necessary. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  // A number and its unit stay together.
  for (const word of text.split(/ (?!(?:ms|[smhd])(?![\w-]))/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (stringWidth(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    const pieces = cut(word, width);
    line = pieces.pop() ?? '';
    lines.push(...pieces);
  }
  return [...lines, line];
}

function cut(word: string, width: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const character of word) {
    if (piece !== '' && stringWidth(piece + character) > width) {
      pieces.push(piece);
      piece = '';
    }
    piece += character;
  }
  return [...pieces, piece];
}
