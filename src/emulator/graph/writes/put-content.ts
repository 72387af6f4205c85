import type { ItemReference } from '../address/address.ts';
import type { Drive } from '../directory/directory.ts';
import { itemReply } from '../items/item-answers.ts';
import type { GraphReply, GraphRequest } from '../request.ts';
import type { GraphService } from '../service.ts';
import { storeFile } from './store-file.ts';
import { authorOf, conflictOf } from './write-options.ts';

/** The documented limit of an upload in one request, in bytes. */
const LARGEST_BODY = 250 * 2 ** 20;

/** `PUT …/content`: 201 for a new file, 200 for new content of an existing one. */
export async function putContent(service: GraphService, request: GraphRequest, drive: Drive, reference: ItemReference): Promise<GraphReply> {
  const { uploads } = service;
  const source = uploads.newFile();
  try {
    await uploads.append(source, 0, request.stream(), LARGEST_BODY);
    const { node, created } = await storeFile(service, {
      source, drive, reference,
      conflict: conflictOf(request, {}, 'replace'),
      times: { createdMs: undefined, modifiedMs: undefined },
      author: authorOf(request.grant),
      preconditions: request,
    });
    return await itemReply(service, request, drive, node, created ? 201 : 200);
  } finally {
    await uploads.delete(source);
  }
}
