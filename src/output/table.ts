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
  /** Whether the last column is something to copy: if it does not fit beside the others, it gets a line of its own, whole. */
  lastWhole?: boolean;
}

const GAP = '  ';

/**
 * `tableText` lays rows out in columns that fit the terminal: the widest that may be shortened gives way first. No
 * control character or escape sequence from elsewhere gets through. Empty for no rows.
 */
export function tableText(columns: readonly TableColumn[], rows: readonly (readonly string[])[], options: TableOptions): string {
  const { width, lastWhole = false } = options;
  if (rows.length === 0) return '';
  const safe = rows.map((row) => row.map(safeText));
  const fit = fitted(columns, naturalWidths(columns, safe), width);
  if (lastWhole && total(fit) > width) return stacked(columns, safe, options);
  return laidOut(columns, safe, fit, options.heading);
}

/**
 * `growingTable` lays out rows that come in pieces: the first piece decides how wide the columns are, and comes with the
 * heading; the last column has all the room that is left.
 */
export function growingTable(columns: readonly TableColumn[], { width, heading }: Pick<TableOptions, 'width' | 'heading'>): (rows: readonly (readonly string[])[]) => string {
  let fit: number[] | undefined;
  return (rows) => {
    if (rows.length === 0) return '';
    const safe = rows.map((row) => row.map(safeText));
    if (fit !== undefined) return laidOut(columns, safe, fit);
    fit = fitted(columns, naturalWidths(columns, safe), width);
    const last = fit.length - 1;
    fit[last] = Math.max(fit[last] ?? 0, (fit[last] ?? 0) + width - total(fit));
    return laidOut(columns, safe, fit, heading);
  };
}

function naturalWidths(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): number[] {
  return columns.map(({ title }, index) => rows.reduce((widest, row) => Math.max(widest, stringWidth(row[index] ?? '')), stringWidth(title)));
}

function laidOut(columns: readonly TableColumn[], rows: readonly (readonly string[])[], fit: readonly number[], heading?: TableOptions['heading']): string {
  const title = heading === undefined ? [] : [heading(line(columns.map((column) => column.title), columns, fit))];
  return [...title, ...rows.map((row) => line(row, columns, fit))].map((text) => `${text}\n`).join('');
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
