import type { Node } from '../drive/tree.ts';
import type { Grant } from '../sign-in/tokens.ts';
import type { DriveReference, ItemReference, SiteReference } from './address/address.ts';
import { isInside, rootOf } from './drive-root.ts';
import type { Drive, Group, SharePointList, Site, User } from './directory/directory.ts';
import { accessDenied, GraphError, invalidRequest, itemNotFound, notSupported } from './errors.ts';
import { treeId, uniqueId } from './items/item-id.ts';
import type { GraphService } from './service.ts';

/** Returns the signed-in user; throws Graph's 400 for an app-only token. */
export function signedInUser(grant: Grant): User {
  if (grant.user === undefined) throw new GraphError(400, 'BadRequest', '/me request is only valid with delegated authentication flow.');
  return grant.user;
}

/** Returns a drive that this grant may read; throws Graph's 403 or 404 otherwise. */
export function driveOf(service: GraphService, grant: Grant, reference: DriveReference): Drive {
  const found = findDrive(service, grant, reference);
  if (found === undefined) throw itemNotFound();
  if (found.isPhantom) throw invalidRequest('ObjectHandle is Invalid');
  // Anyone may read the shared libraries; a user's own drive is private, except to an application.
  if (!service.sharing.mayRead(grant.user, found)) throw accessDenied();
  return found;
}

function findDrive(service: GraphService, grant: Grant, reference: DriveReference): Drive | undefined {
  switch (reference.of) {
    case 'me':
      return signedInUser(grant).drive;
    case 'drive':
      return service.directory.drive(reference.id);
    case 'user':
      return service.directory.userById(reference.id)?.drive;
    case 'group':
      return service.directory.group(reference.id)?.drive;
    case 'site':
      return siteOf(service, reference.site).lists.find((entry) => entry.drive !== undefined)?.drive;
    case 'list':
      return listOf(service, reference.site, reference.list).drive;
  }
}

export function groupOf(service: GraphService, id: string): Group {
  const found = service.directory.group(id);
  if (found === undefined) throw itemNotFound();
  return found;
}

export function userOf(service: GraphService, grant: Grant, id: string | undefined): User {
  const found = id === undefined ? signedInUser(grant) : service.directory.userById(id);
  if (found === undefined) throw new GraphError(404, 'Request_ResourceNotFound', `Resource '${id ?? ''}' does not exist or one of its queried reference-property objects are not present.`);
  return found;
}

export function siteOf(service: GraphService, reference: SiteReference): Site {
  const found = service.directory.siteBy(reference);
  if (found === undefined) throw itemNotFound();
  return found;
}

export function listOf(service: GraphService, reference: SiteReference, idOrTitle: string): SharePointList {
  const found = service.directory.listBy(siteOf(service, reference), idOrTitle);
  if (found === undefined) throw itemNotFound();
  return found;
}

/** Returns the drive of a document library. Generic lists are reported not to work with socketIo. */
export function libraryOf({ drive }: SharePointList): Drive {
  if (drive === undefined) throw notSupported();
  return drive;
}

export function nodeOf(service: GraphService, drive: Drive, reference: ItemReference): Node {
  const found = findNode(service, drive, reference);
  if (found === undefined) throw itemNotFound();
  return found;
}

export function findNode(service: GraphService, drive: Drive, reference: ItemReference): Node | undefined {
  const { tree } = service.folder;
  const root = rootOf(service.folder, drive);
  const inDrive = (node: Node | undefined): Node | undefined => (node !== undefined && isInside(node, root) ? node : undefined);
  const byId = (shown: string): Node | undefined => (shown.toLowerCase() === 'root' ? root : inDrive(tree.byId(treeId(drive, shown) ?? '')));
  switch (reference.by) {
    case 'root':
      return root;
    case 'special':
      return tree.byNames(specialFolder(reference.name), root);
    case 'uniqueId': {
      const wanted = reference.id.replace(/^\{|\}$/g, '').toUpperCase();
      return [...tree.all(root)].find(({ item }) => uniqueId(item.id) === wanted);
    }
    case 'node':
      return inDrive(tree.byId(reference.id));
    case 'id':
      return byId(reference.id);
    case 'path': {
      const from = reference.from === undefined ? root : byId(reference.from);
      return from === undefined ? undefined : tree.byNames(reference.names, from);
    }
  }
}

/** Returns where a special folder is, from the root down; throws Graph's 400 for one that the emulator does not have. */
function specialFolder(name: string): readonly string[] {
  const names = SPECIAL_FOLDERS[name.toLowerCase()];
  if (names === undefined) throw notSupported(`The emulator does not have the special folder '${name}'.`);
  return names;
}

const SPECIAL_FOLDERS: Readonly<Partial<Record<string, readonly string[]>>> = {
  documents: ['Documents'],
  photos: ['Pictures'],
  cameraroll: ['Pictures', 'Camera Roll'],
  music: ['Music'],
};
