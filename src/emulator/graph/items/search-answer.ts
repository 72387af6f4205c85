import type { Address } from '../address/address.ts';
import type { Drive } from '../directory/directory.ts';
import { nodeOf } from '../lookup.ts';
import type { GraphRequest, Json } from '../request.ts';
import type { GraphService } from '../service.ts';
import { byName, itemsAnswer } from './item-answers.ts';

/** `search(q='…')`: the items below a folder with all these words in their names. `q='*'` and an empty `q` find everything. */
export async function searchAnswer(service: GraphService, request: GraphRequest, drive: Drive, { item, text }: Extract<Address, { what: 'search' }>): Promise<Json> {
  const folder = nodeOf(service, drive, item);
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== '' && word !== '*');
  const found = [...service.folder.tree.all(folder)].filter((node) => {
    const name = node.item.name.toLowerCase();
    return node !== folder && words.every((word) => name.includes(word));
  });
  return itemsAnswer(service, request, drive, found.sort(byName));
}
