import stringWidth from 'string-width';
import { safeText } from './safe-text.ts';
import { padded, shortened } from './shortened.ts';

export interface TableColumn {
  title: string;
  align?: 'right';
  /** The fewest terminal columns it is shortened to; without it, it is never shortened. */
  least?: number;
}

export interface TableOptions {
  /** Columns of the terminal. */
  width: number;
  /** Paints the heading. */
  heading: (text: string) => string;
  /** The last column is something to copy: where it does not fit beside the others, it stands on a line of its own, whole. */
  lastWhole?: boolean;
}

const GAP = '  ';

/**
 * `tableText` lays rows out in columns that fit the terminal: the widest that may be shortened gives way first. No
 * control character or escape sequence from elsewhere gets through. Empty for no rows.
 */
export function tableText(columns: readonly TableColumn[], rows: readonly (readonly string[])[], options: TableOptions): string {
  if (rows.length === 0) return '';
  const { width, heading, lastWhole = false } = options;
  const safe = rows.map((row) => row.map(safeText));
  const widths = columns.map(({ title }, index) => Math.max(stringWidth(title), ...safe.map((row) => stringWidth(row[index] ?? ''))));
  const fit = fitted(columns, widths, width);
  if (lastWhole && total(fit) > width) return stacked(columns, safe, options);
  return [heading(line(columns.map(({ title }) => title), columns, fit)), ...safe.map((row) => line(row, columns, fit))].map((text) => `${text}\n`).join('');
}

/** The last column of each row below the others, indented. */
function stacked(columns: readonly TableColumn[], rows: readonly (readonly string[])[], options: TableOptions): string {
  const upper = tableText(columns.slice(0, -1), rows.map((row) => row.slice(0, -1)), { ...options, lastWhole: false });
  return upper.split('\n').slice(0, -1).flatMap((text, index) => (index === 0 ? [text] : [text, `${GAP}${rows[index - 1]?.at(-1) ?? ''}`])).map((text) => `${text}\n`).join('');
}

function fitted(columns: readonly TableColumn[], natural: readonly number[], width: number): number[] {
  const fit = [...natural];
  while (total(fit) > width) {
    const widest = fit.map((size, index) => ({ size, index })).filter(({ size, index }) => size > (columns[index]?.least ?? Infinity)).sort((one, other) => other.size - one.size)[0];
    if (widest === undefined) break;
    fit[widest.index] = widest.size - 1;
  }
  return fit;
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1);
}

function line(cells: readonly string[], columns: readonly TableColumn[], widths: readonly number[]): string {
  return cells.map((cell, index) => padded(shortened(cell, widths[index] ?? 0), widths[index] ?? 0, columns[index]?.align === 'right' ? 'start' : 'end')).join(GAP).trimEnd();
}
