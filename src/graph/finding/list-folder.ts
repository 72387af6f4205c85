import { textField } from '../../lib/json.ts';
import { pagesOf } from './entries.ts';
import { entryOf, type DriveEntry } from './entry.ts';
import { followed, itemAt, ITEM_FIELDS, WITH_SHORTCUTS, type ItemAccess } from './item-at.ts';

/** Graph gives 200 at once by default, and more on request. */
const PAGE = 500;

/**
 * `listFolder` yields what is in the folder at a path below the drive's root, page by page and in Graph's own order; of a
 * file, the file alone. A shortcut is followed. Rejects with a `WatchError` that says what is not there, or cannot be read.
 */
export async function* listFolder(drive: string, segments: readonly string[], access: ItemAccess): AsyncGenerator<DriveEntry[], void, undefined> {
  const path = segments.map((segment) => `/${segment}`).join('');
  const named = await itemAt(drive, segments, access);
  const located = await followed(named, access);
  const itself = entryOf(located.item, segments.slice(0, -1).map((segment) => `/${segment}`).join(''));
  if (itself?.folder !== true) {
    yield itself === undefined ? [] : [{ ...itself, name: textField(named.item, 'name') ?? itself.name, path }];
    return;
  }
  const children = `${located.drive}/items/${encodeURIComponent(itself.id)}/children?$select=${ITEM_FIELDS}&$top=${PAGE}`;
  for await (const page of pagesOf(access.get, children, access.signal, WITH_SHORTCUTS)) {
    yield page.flatMap((item) => entryOf(item, path) ?? []);
  }
}
