import { childOf, pathOf } from '../../drive/tree.ts';
import type { Node } from '../../drive/tree.ts';
import type { ItemReference } from '../address/address.ts';
import type { Drive } from '../directory/directory.ts';
import { rootOf } from '../drive-root.ts';
import { accessDenied, GraphError, invalidRequest } from '../errors.ts';
import { shownId } from '../items/item-id.ts';
import { nodeOf } from '../lookup.ts';
import type { GraphReply, GraphRequest } from '../request.ts';
import type { GraphService } from '../service.ts';
import { nameFor, pathIn } from './place.ts';
import { nodeAt } from './store-file.ts';
import { targetFolder } from './update-item.ts';
import { asGraph, authorOf, conflictOf, nameIn, refuseOthers } from './write-options.ts';

/** The path of the monitor URLs. */
export const MONITOR_PATH = '/_api/v2.0/monitor';

/** `POST …/copy`: 202 and the URL of a monitor, which says how the copy ended. */
export async function copyItem(service: GraphService, request: GraphRequest, drive: Drive, reference: ItemReference): Promise<GraphReply> {
  const body = await request.json();
  refuseOthers(body, ['name', 'parentReference']);
  const newName = nameIn(body);
  const conflict = conflictOf(request, body, 'fail');
  const source = nodeOf(service, drive, reference);
  if (source.parent === undefined || source === rootOf(service.folder, drive)) throw accessDenied('The root of a drive cannot be copied.');
  const folder = targetFolder(service, drive, body) ?? source.parent;
  const outcome = await copied(service, request, { source, folder, name: newName ?? source.item.name, conflict }).then(
    (node) => ({ status: 'completed', percentageComplete: 100, resourceId: shownId(drive, node.item.id) }),
    (error: unknown) => {
      if (!(error instanceof GraphError)) throw error;
      return { status: 'failed', percentageComplete: 0, error: { code: error.code, message: error.message } };
    },
  );
  const monitor = new URL(MONITOR_PATH, service.graphUrl);
  monitor.searchParams.set('id', service.copyMonitors.add(outcome));
  return { status: 202, headers: { Location: monitor.href } };
}

interface Copy {
  source: Node;
  folder: Node;
  name: string;
  conflict: ReturnType<typeof conflictOf>;
}

function copied(service: GraphService, request: GraphRequest, { source, folder, name, conflict }: Copy): Promise<Node> {
  const { folder: { files, tree } } = service;
  return service.folder.change(authorOf(request.grant), () =>
    asGraph(async () => {
      const taken = childOf(folder, name);
      const from = pathOf(source);
      const path = pathIn(folder, nameFor(folder, name, taken, conflict));
      if (path === from || path.startsWith(`${from}/`)) throw invalidRequest('An item cannot be copied onto or into itself.');
      if (taken !== undefined && conflict === 'replace') await files.delete(pathOf(taken));
      await files.copy(from, path);
      return { folders: [pathOf(folder)], result: () => nodeAt(tree.byPath(path)) };
    }),
  );
}
