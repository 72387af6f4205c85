import { Writable } from 'node:stream';
import type { Output, Surroundings } from '../surroundings.ts';
import { safeText } from './safe-text.ts';

export interface Choice {
  value: string;
  /** What is typed is searched for in this text. */
  label: string;
}

export interface ChooseOptions {
  stdin: Surroundings['stdin'];
  /** Where the list is drawn: stderr, since stdout is for events. */
  output: Output;
  color: boolean;
  signal: AbortSignal;
}

/** Select Graphic Rendition: colors, bold, dim. */
const COLORS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');
/** The columns before a label, and one that stays free. */
const MARK_WIDTH = 3;
/** How many of the choices are shown at once. */
const MOST_SHOWN = 12;

/**
 * `choose` lets somebody at a terminal pick one of several, narrowed down by typing. Resolves with its value, or with
 * `undefined` if nothing was picked: Ctrl-C (which is not a signal meanwhile), Escape, or the signal.
 */
export async function choose(message: string, choices: readonly Choice[], { stdin, output, color, signal }: ChooseOptions): Promise<string | undefined> {
  const [{ autocomplete, isCancel }, { shortened }] = await Promise.all([import('@clack/prompts'), import('./shortened.ts')]);
  const labels = new Map(choices.map(({ value, label }) => [value, safeText(label)]));
  const { columns = 80 } = output;
  const picked = await autocomplete<string>({
    message, signal, maxItems: MOST_SHOWN, withGuide: false, input: stdin, output: color ? output : withoutColors(output),
    options: [...labels].map(([value, label]) => ({ value, label: shortened(label, (columns === 0 ? 80 : columns) - MARK_WIDTH) })),
    filter: (typed, { value }) => typed.toLowerCase().split(/\s+/).every((word) => labels.get(value)?.toLowerCase().includes(word) === true),
  });
  return isCancel(picked) ? undefined : picked;
}

/** The library ignores NO_COLOR: what it draws loses its colors here, and keeps what moves the cursor. */
function withoutColors(output: Output): Writable {
  const plain = new Writable({
    decodeStrings: false,
    write(text: string | Buffer, _encoding, done) {
      output.write(text.toString().replace(COLORS, ''), done);
    },
  });
  return Object.defineProperties(plain, {
    isTTY: { value: true },
    columns: { get: () => output.columns },
    rows: { get: () => (output as { rows?: number }).rows },
  });
}
