import type { Node } from '../../drive/tree.ts';
import type { ItemReference } from '../address/address.ts';
import type { Drive } from '../directory/directory.ts';
import { invalidRequest } from '../errors.ts';
import { nodeOf } from '../lookup.ts';
import type { GraphReply, GraphRequest, Json } from '../request.ts';
import type { GraphService } from '../service.ts';
import { refuseOthers } from '../writes/write-options.ts';
import { permissionJson } from './sharing.ts';
import type { SharingLink } from './sharing.ts';

/** `POST …/createLink`: 201 with a new sharing link, 200 with one that exists. */
export async function createLink(service: GraphService, request: GraphRequest, drive: Drive, reference: ItemReference): Promise<GraphReply> {
  const body = await request.json();
  refuseOthers(body, ['type', 'scope']);
  const { type = 'view', scope = drive.driveType === 'personal' ? 'anonymous' : 'organization' } = body;
  if (type !== 'view' && type !== 'edit') throw invalidRequest("The property 'type' must be view or edit.");
  if (scope !== 'anonymous' && scope !== 'organization' && scope !== 'users') throw invalidRequest("The property 'scope' must be anonymous, organization or users.");
  const { link, isNew } = await shareItem(service, drive, nodeOf(service, drive, reference), { type, scope });
  return { status: isNew ? 201 : 200, body: permissionJson(link) };
}

/** Shares an item by a link. The change of its sharing is in delta for clients that ask for it; no notification is sent. */
export async function shareItem(
  { sharing, folder }: Pick<GraphService, 'folder' | 'sharing'>,
  drive: Drive,
  node: Node,
  { type, scope }: Pick<SharingLink, 'type' | 'scope'>,
): Promise<{ link: SharingLink; isNew: boolean }> {
  const { id } = node.item;
  const before = sharing.linksOf(drive, id).length;
  const link = sharing.createLink(drive, node, type, scope);
  const isNew = sharing.linksOf(drive, id).length > before;
  if (isNew) await folder.noteSharing(id);
  return { link, isNew };
}

export function permissionsAnswer(service: GraphService, request: GraphRequest, drive: Drive, reference: ItemReference): Json {
  const { item } = nodeOf(service, drive, reference);
  return {
    '@odata.context': `${service.graphUrl}/${request.version}/$metadata#permissions`,
    value: permissionsOf(service, drive, item.id),
  };
}

/** The permissions on an item: its owner's, and the sharing links. */
export function permissionsOf({ sharing }: Pick<GraphService, 'sharing'>, drive: Drive, itemId: string): Json[] {
  const owner = drive.owner === undefined ? [] : [{ id: 'owner', roles: ['owner'], grantedToV2: { user: drive.owner } }];
  return [...owner, ...sharing.linksOf(drive, itemId).map(permissionJson)];
}
