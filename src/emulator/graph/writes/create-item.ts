import { writeFile } from 'node:fs/promises';
import { childOf, pathOf } from '../../drive/tree.ts';
import type { ItemReference } from '../address/address.ts';
import type { Drive } from '../directory/directory.ts';
import { invalidRequest, nameAlreadyExists } from '../errors.ts';
import { itemReply } from '../items/item-answers.ts';
import { nodeOf } from '../lookup.ts';
import type { GraphReply, GraphRequest } from '../request.ts';
import type { GraphService } from '../service.ts';
import { folderNode, nameFor, pathIn } from './place.ts';
import { nodeAt } from './store-file.ts';
import { asGraph, authorOf, conflictOf, nameIn, refuseOthers, timesIn } from './write-options.ts';

/** `POST …/children`: creates a folder, or an empty file. */
export async function createItem(service: GraphService, request: GraphRequest, drive: Drive, reference: ItemReference): Promise<GraphReply> {
  const body = await request.json();
  refuseOthers(body, ['name', 'folder', 'file', 'fileSystemInfo']);
  const name = nameIn(body);
  const isFolder = body.folder !== undefined;
  if (name === undefined) throw invalidRequest("The property 'name' is required.");
  if (isFolder === (body.file !== undefined)) throw invalidRequest("Exactly one of the properties 'folder' and 'file' is required.");
  const conflict = conflictOf(request, body, 'fail');
  const times = timesIn(body);
  const { folder: { files, tree }, uploads } = service;
  const { node, created } = await service.folder.change(authorOf(request.grant), () =>
    asGraph(async () => {
      const folder = folderNode(nodeOf(service, drive, reference));
      const taken = childOf(folder, name);
      // An existing folder is not replaced by an empty one: it stays.
      const stays = conflict === 'replace' && taken?.item.folder === true && isFolder;
      if (conflict === 'replace' && taken !== undefined && taken.item.folder !== isFolder) throw nameAlreadyExists();
      const path = stays ? pathOf(taken) : pathIn(folder, nameFor(folder, name, taken, conflict));
      if (!stays && isFolder) await files.createFolder(path);
      if (!isFolder) {
        const source = uploads.newFile();
        await writeFile(source, '');
        await files.putFile(source, path);
        if (times.modifiedMs !== undefined) await files.setModified(path, times.modifiedMs);
      }
      return {
        folders: [pathOf(folder)],
        times: [{ path, ...times }],
        result: () => ({ node: nodeAt(tree.byPath(path)), created: !stays }),
      };
    }),
  );
  return itemReply(service, request, drive, node, created ? 201 : 200);
}
