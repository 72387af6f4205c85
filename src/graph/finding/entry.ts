import { field, isRecord, present, textField } from '../../lib/json.ts';
import { isShortcut, remoteOf } from './item-at.ts';

/** DriveEntry is what is in a folder, as `graph-watch ls` prints it: the fields that an item of a change has, and more. An absent field is unknown. */
export interface DriveEntry {
  id: string;
  name: string;
  /** From the root of the drive that was named, through shortcuts. */
  path: string;
  kind: 'file' | 'folder' | 'package' | 'shortcut';
  folder: boolean;
  /** Bytes. */
  size?: number;
  eTag?: string;
  webUrl?: string;
  /** RFC 3339, as Graph has it. */
  lastModifiedDateTime?: string;
  /** Graph's identitySet, verbatim. */
  lastModifiedBy?: Readonly<Record<string, unknown>>;
  /** Of a package: `oneNote`. */
  package?: string;
  /** Where a shortcut leads. */
  shortcut?: { target: string; id: string };
}

/** `entryOf` reads a driveItem in the folder at `above` (`` for the root); `undefined` where it is not one. */
export function entryOf(item: unknown, above: string): DriveEntry | undefined {
  const id = textField(item, 'id');
  if (id === undefined) return undefined;
  const isRoot = isRecord(field(item, 'root'));
  const name = textField(item, 'name') ?? id;
  const remote = field(item, 'remoteItem');
  // A shortcut itself has neither size nor author.
  const source = isRecord(remote) ? { ...remote, ...filled(item) } : item;
  const size = field(source, 'size');
  const by = field(source, 'lastModifiedBy');
  const leads = remoteOf(item);
  const kind = isShortcut(item) ? 'shortcut' : isRecord(field(item, 'package')) ? 'package' : isRecord(field(item, 'folder')) || isRoot ? 'folder' : 'file';
  return present({
    id, name, path: isRoot ? (above === '' ? '/' : above) : `${above}/${name}`, kind,
    folder: kind === 'shortcut' ? isRecord(field(remote, 'folder')) : kind !== 'file',
    size: typeof size === 'number' && size >= 0 ? size : undefined,
    eTag: textField(source, 'eTag'),
    webUrl: textField(source, 'webUrl'),
    lastModifiedDateTime: textField(source, 'lastModifiedDateTime'),
    lastModifiedBy: isRecord(by) ? by : undefined,
    package: textField(field(item, 'package'), 'type'),
    shortcut: leads === undefined ? undefined : { target: `drive:${leads.driveId}`, id: leads.id },
  });
}

/** The fields of an item that say something. */
function filled(item: unknown): Record<string, unknown> {
  return isRecord(item) ? Object.fromEntries(Object.entries(item).filter(([name, value]) => value !== undefined && value !== null && !(name === 'size' && value === 0))) : {};
}
