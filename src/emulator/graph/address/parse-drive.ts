import type { Address, DriveReference, ItemReference } from './address.ts';
import { functionCall, isWord, takeKey, takeNames } from './segments.ts';
import type { Segments } from './segments.ts';

/** Parses what follows a drive: `/root`, `/items/{id}`, `/root:/a/b:/children`, `/list`. */
export function parseUnderDrive(drive: DriveReference, segments: Segments): Address | undefined {
  const [first, ...rest] = segments;
  if (first === undefined) return { what: 'drive', drive };
  if (isWord(first, 'list')) {
    if (rest.length === 0) return { what: 'driveList', drive };
    return isEndpoint(rest) ? { what: 'endpoint', drive } : parseListItem(drive, rest);
  }
  if (isWord(first, 'special')) {
    const [name, ...below] = rest;
    return name === undefined ? undefined : parseUnderItem(drive, { by: 'special', name: decodeURIComponent(name) }, below);
  }
  if (isWord(first, 'root:')) return parseByPath(drive, undefined, rest);
  if (isWord(first, 'root')) return isEndpoint(rest) ? { what: 'endpoint', drive } : parseUnderItem(drive, { by: 'root' }, rest);
  const found = takeKey(segments, 'items');
  if (found?.key === undefined) return undefined;
  const { key } = found;
  if (key.endsWith(':')) return parseByPath(drive, decodeURIComponent(key.slice(0, -1)), found.rest);
  return parseUnderItem(drive, { by: 'id', id: decodeURIComponent(key) }, found.rest);
}

/** Parses what follows a list: `/items/{unique id}/driveItem`, and what follows an item. */
export function parseListItem(drive: DriveReference, segments: Segments): Address | undefined {
  const found = takeKey(segments, 'items');
  if (found?.key === undefined || !isWord(found.rest[0], 'driveItem')) return undefined;
  return parseUnderItem(drive, { by: 'uniqueId', id: decodeURIComponent(found.key) }, found.rest.slice(1));
}

function isEndpoint(segments: Segments): boolean {
  return isWord(segments.join('/'), 'subscriptions/socketIo');
}

/** `root:/a/b`, `root:/a/b:/children`, `root:/`. */
function parseByPath(drive: DriveReference, from: string | undefined, segments: Segments): Address | undefined {
  const path = takeNames(segments);
  return path === undefined ? undefined : parseUnderItem(drive, { by: 'path', from, names: path.names }, path.rest);
}

/** Parses what follows an item: nothing, `/children`, `/delta(token='…')`. */
export function parseUnderItem(drive: DriveReference, item: ItemReference, [word, ...more]: Segments): Address | undefined {
  if (word === undefined) return { what: 'item', drive, item };
  const call = more.length === 0 ? functionCall(word) : undefined;
  if (call === undefined) return undefined;
  switch (call.name) {
    case 'children':
    case 'content':
    case 'copy':
    case 'permissions':
      return { what: call.name, drive, item };
    case 'createuploadsession':
      return { what: 'createUploadSession', drive, item };
    case 'createlink':
      return { what: 'createLink', drive, item };
    case 'search':
      return { what: 'search', drive, item, text: call.args.get('q') ?? '' };
    case 'delta':
      return { what: 'delta', drive, item, token: call.args.get('token') };
    default:
      return undefined;
  }
}
