import { stat, utimes } from 'node:fs/promises';
import { pathOf } from '../../drive/tree.ts';
import type { Node } from '../../drive/tree.ts';
import { invalidRequest, itemNotFound } from '../errors.ts';
import type { GraphService } from '../service.ts';
import { nameFor, pathIn, placeOf } from './place.ts';
import { asGraph, checkPreconditions } from './write-options.ts';
import type { UploadedFile } from './uploaded-file.ts';

/** Puts an uploaded file into the drive. An existing file is replaced and keeps its id. */
export async function storeFile(service: GraphService, upload: UploadedFile): Promise<{ node: Node; created: boolean }> {
  const { source, drive, reference, conflict, times, author, preconditions } = upload;
  const { folder: { files, tree } } = service;
  return service.folder.change(author, () =>
    asGraph(async () => {
      const place = placeOf(service, drive, reference);
      checkPreconditions(preconditions, drive, place.existing?.item);
      if (place.existing?.item.folder === true) throw invalidRequest('A folder cannot be replaced by a file.');
      const name = nameFor(place.folder, place.name, place.existing, conflict);
      let folder = pathOf(place.folder);
      for (const missing of place.missing) {
        folder = pathIn(folder, missing);
        await files.createFolder(folder);
      }
      const path = pathIn(folder, name);
      if (times.modifiedMs !== undefined) await utimes(source, (await stat(source)).atime, new Date(times.modifiedMs));
      await files.putFile(source, path);
      return {
        folders: [pathOf(place.folder)],
        times: [{ path, ...times }],
        result: () => ({ node: nodeAt(tree.byPath(path)), created: place.existing === undefined || name !== place.name }),
      };
    }),
  );
}

/** What was just written may already be gone: other programs change the folder too. */
export function nodeAt(node: Node | undefined): Node {
  if (node === undefined) throw itemNotFound();
  return node;
}
