import { asFields, numberIn, parsed, textIn, timeIn } from './json.ts';
import type { Row } from './row.ts';
import { bytes, fullTime, spell } from './times.ts';

/** Details is what is shown about one change besides its record. */
export interface Details {
  readonly lines: readonly (readonly [name: string, value: string])[];
  /** The item's page in OneDrive or SharePoint. */
  readonly link: string | undefined;
}

/** `detailsOf` reads what the record says about a change, for people. */
export function detailsOf(row: Row, drive: string): Details {
  const record = parsed(row.raw);
  const item = asFields(record?.item);
  const previous = asFields(record?.previous);
  const size = numberIn(item, 'size');
  const sizeBefore = numberIn(previous, 'size');
  const delay = numberIn(record, 'changedToSeenMs');
  const changedAt = row.kind === 'deleted' || row.kind === 'shared' ? undefined : timeIn(item, 'lastModifiedDateTime');
  const lines: (readonly [string, string | undefined])[] = [
    ['Where', textIn(item, 'path') ?? textIn(item, 'name')],
    ['Before', textIn(previous, 'path') ?? textIn(previous, 'name')],
    ['By', row.person],
    ['Changed', changedAt === undefined ? undefined : fullTime(changedAt)],
    ['Seen', fullTime(row.seen) + (delay === undefined ? '' : `, ${spell(delay)} later`)],
    ['Size', row.isFolder || size === undefined ? undefined : `${bytes(size)}${sizeBefore === undefined || sizeBefore === size ? '' : `, ${bytes(sizeBefore)} before`}`],
    ['Drive', drive],
  ];
  return {
    lines: lines.filter((line): line is readonly [string, string] => line[1] !== undefined && line[1] !== ''),
    // A deleted item no longer has a page.
    link: row.kind === 'deleted' ? undefined : webAddress(textIn(item, 'webUrl')),
  };
}

/** `webAddress` returns an address that is safe to open: http or https, nothing that runs or reads something. */
export function webAddress(text: string | undefined): string | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const { protocol, href } = new URL(text);
  return protocol === 'https:' || protocol === 'http:' ? href : undefined;
}
