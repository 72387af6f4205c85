import type { Node } from '../../drive/tree.ts';
import type { QueryOptions } from '../query/query-options.ts';
import type { GraphService } from '../service.ts';

type Json = Record<string, unknown>;

const DOWNLOAD_URL = '@microsoft.graph.downloadUrl';

/** Adds what only a file's content says, before `$select` is applied: its hashes and its download URL. */
export async function withContent(service: GraphService, json: Json, { item, node }: { item: { folder: boolean; contentVersion: number }; node: Node | undefined }, { select }: Pick<QueryOptions, 'select'>): Promise<Json> {
  // With a lag, delta shows a state whose content no longer exists.
  if (node === undefined || item.folder || node.item.contentVersion !== item.contentVersion) return json;
  const wants = (name: string): boolean => select === undefined || select.some((path) => path === '*' || path.split('/')[0] === name);
  const result = { ...json };
  if (wants(DOWNLOAD_URL) || select?.includes('content.downloadUrl') === true) result[DOWNLOAD_URL] = service.downloads.urlOf(node.item.id);
  if (wants('file')) {
    const hashes = await service.hashes.of(node);
    if (hashes !== undefined) result.file = { ...(json.file as Json), hashes };
  }
  return result;
}
