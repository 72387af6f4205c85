import { childOf, pathOf } from '../../drive/tree.ts';
import type { Node } from '../../drive/tree.ts';
import type { ItemReference } from '../address/address.ts';
import type { Drive } from '../directory/directory.ts';
import { isInside, rootOf } from '../drive-root.ts';
import { accessDenied, invalidRequest, notSupported } from '../errors.ts';
import { itemReply } from '../items/item-answers.ts';
import { nodeOf } from '../lookup.ts';
import type { GraphReply, GraphRequest, Json } from '../request.ts';
import type { GraphService } from '../service.ts';
import { takeNames } from '../address/segments.ts';
import { folderNode, nameFor, pathIn } from './place.ts';
import { nodeAt } from './store-file.ts';
import { asGraph, authorOf, checkPreconditions, conflictOf, nameIn, refuseOthers, timesIn } from './write-options.ts';

/** `PATCH …/items/{id}`: renames, moves, sets times. */
export async function updateItem(service: GraphService, request: GraphRequest, drive: Drive, reference: ItemReference): Promise<GraphReply> {
  const body = await request.json();
  refuseOthers(body, ['name', 'parentReference', 'fileSystemInfo', 'id']);
  const newName = nameIn(body);
  const times = timesIn(body);
  const conflict = conflictOf(request, body, 'fail');
  const { folder: { files, tree } } = service;
  const node = await service.folder.change(authorOf(request.grant), () =>
    asGraph(async () => {
      const item = nodeOf(service, drive, reference);
      checkPreconditions(request, drive, item.item);
      if (item.parent === undefined || item === rootOf(service.folder, drive)) throw accessDenied('The root of a drive cannot be changed.');
      const folder = targetFolder(service, drive, body) ?? item.parent;
      if (isInside(folder, item)) throw invalidRequest('A folder cannot be moved into itself.');
      const from = pathOf(item);
      const wanted = newName ?? item.item.name;
      const taken = childOf(folder, wanted);
      const other = taken === item ? undefined : taken;
      const to = pathIn(folder, nameFor(folder, wanted, other, conflict));
      const isReplaced = conflict === 'replace' && other !== undefined;
      if (isReplaced && isInside(item, other)) throw invalidRequest('A folder cannot be replaced by what is in it.');
      if (isReplaced) await files.delete(pathOf(other));
      if (to !== from) await files.move(from, to);
      if (times.modifiedMs !== undefined) await files.setModified(to, times.modifiedMs);
      return {
        folders: [pathOf(item.parent), pathOf(folder)],
        times: [{ path: to, ...times }],
        result: () => nodeAt(tree.byPath(to)),
      };
    }),
  );
  return itemReply(service, request, drive, node, 200);
}

/** `DELETE …/items/{id}`: 204. There is no recycle bin. */
export async function deleteItem(service: GraphService, request: GraphRequest, drive: Drive, reference: ItemReference): Promise<GraphReply> {
  await service.folder.change(authorOf(request.grant), () =>
    asGraph(async () => {
      const node = nodeOf(service, drive, reference);
      const { item, parent, path } = withPath(node);
      checkPreconditions(request, drive, item);
      if (parent === undefined || node === rootOf(service.folder, drive)) throw accessDenied('The root of a drive cannot be deleted.');
      await service.folder.files.delete(path);
      return { folders: [pathOf(parent)], result: () => undefined };
    }),
  );
  return { status: 204 };
}

function withPath(node: Node): Pick<Node, 'item' | 'parent'> & { path: string } {
  return { item: node.item, parent: node.parent, path: pathOf(node) };
}

/** The folder of a `parentReference`, by id or by path (`/drive/root:/a/b`); undefined without one. */
export function targetFolder(service: GraphService, drive: Drive, body: Json): Node | undefined {
  const { parentReference } = body;
  if (parentReference === undefined) return undefined;
  if (typeof parentReference !== 'object' || parentReference === null) throw invalidRequest("The property 'parentReference' must be an object.");
  const { id, path, driveId } = parentReference as Json;
  if (driveId !== undefined && (typeof driveId !== 'string' || service.directory.drive(driveId) !== drive)) {
    throw notSupported('Items cannot be moved or copied to another drive.');
  }
  if (typeof id === 'string') return folderNode(nodeOf(service, drive, { by: 'id', id }));
  if (typeof path !== 'string') throw invalidRequest("The property 'parentReference' needs an id or a path.");
  const [, below = ''] = /root:?(.*)$/.exec(path) ?? [];
  const names = takeNames(below.replace(/:$/, '').split('/'))?.names;
  if (names === undefined) throw invalidRequest('The path of the parentReference is not valid.');
  return folderNode(nodeOf(service, drive, { by: 'path', from: undefined, names }));
}
