import { Chalk } from 'chalk';
import { tableText } from './table.ts';

/** ListedDrive is what the table shows of a drive. */
interface ListedDrive {
  target: string;
  kind: string;
  name?: string;
  site?: string;
  owner?: string;
}

/** `drivesTable` lays drives out for a terminal of this width. The target is never shortened: it is there to be copied. */
export function drivesTable(drives: readonly ListedDrive[], { width = 80, color = true }: { width?: number | undefined; color?: boolean | undefined }): string {
  const columns = [{ title: 'KIND' }, { title: 'NAME', least: 8 }, { title: 'WHERE', least: 8 }, { title: 'TARGET' }];
  const rows = drives.map(({ target, kind, name = '', site, owner = '' }) => [kind, name, site ?? owner, target]);
  const chalk = new Chalk({ level: color ? 1 : 0 });
  return tableText(columns, rows, { width: width === 0 ? 80 : width, heading: (text) => chalk.bold(text), lastWhole: true });
}
