import { randomBytes } from 'node:crypto';
import type { Node, Tree } from '../../drive/tree.ts';
import { rootOf } from '../drive-root.ts';
import type { Directory, Drive, User } from '../directory/directory.ts';
import { accessDenied, invalidRequest, itemNotFound } from '../errors.ts';
import type { Json } from '../request.ts';

export type LinkScope = 'anonymous' | 'organization' | 'users';
export type LinkType = 'view' | 'edit';

export interface SharingLink {
  id: string;
  type: LinkType;
  scope: LinkScope;
  webUrl: string;
  drive: Drive;
  /** The item's id in the tree. */
  itemId: string;
}

/** Sharing holds the sharing links, and who has redeemed one. Links do not survive a restart. */
export class Sharing {
  readonly #directory: Directory;
  readonly #tree: Tree;
  readonly #links = new Map<string, SharingLink>();
  /** Users who have access to a drive that is not theirs, as `{user id} {drive id}`. */
  readonly #redeemed = new Set<string>();

  constructor(directory: Directory, tree: Tree) {
    this.#directory = directory;
    this.#tree = tree;
  }

  createLink(drive: Drive, { item }: Node, type: LinkType, scope: LinkScope): SharingLink {
    const known = [...this.#links.values()].find((link) => link.drive === drive && link.itemId === item.id && link.type === type && link.scope === scope);
    if (known !== undefined) return known;
    const token = `E${randomBytes(24).toString('base64url')}`;
    const place = drive.owner === undefined ? `s${drive.siteUrl.replace(/^\/sites/, '')}` : `g${drive.siteUrl}`;
    const { origin } = new URL(drive.webUrl);
    const link: SharingLink = { id: token.slice(0, 16), type, scope, drive, itemId: item.id, webUrl: `${origin}/:${item.folder ? 'f' : 'u'}:/${place}/${token}` };
    this.#links.set(token, link);
    return link;
  }

  linksOf(drive: Drive, itemId: string): SharingLink[] {
    return [...this.#links.values()].filter((link) => link.drive === drive && link.itemId === itemId);
  }

  /** The widest scope of an item's links; undefined if it is not shared. */
  scopeOf(drive: Drive, itemId: string): LinkScope | undefined {
    const scopes = this.linksOf(drive, itemId).map(({ scope }) => scope);
    return (['anonymous', 'organization', 'users'] as const).find((scope) => scopes.includes(scope));
  }

  mayRead(user: User | undefined, drive: Drive): boolean {
    return drive.owner === undefined || user === undefined || drive.owner.id === user.id || this.#redeemed.has(`${user.id} ${drive.id}`);
  }

  /**
   * Resolves `u!{base64url of a URL}`, a sharing link or an item's `webUrl`, for a user. `prefer` is the
   * request's Prefer header: a link that the user has not redeemed yet needs `redeemSharingLink`, which
   * grants lasting access, or `redeemSharingLinkIfNecessary`, which grants it for this request alone.
   */
  resolve(token: string, user: User | undefined, prefer: string): { drive: Drive; node: Node } {
    const url = urlIn(token);
    const link = this.#links.get(url.pathname.slice(url.pathname.lastIndexOf('/') + 1));
    const found = link === undefined ? this.#byWebUrl(url) : { drive: link.drive, node: this.#tree.byId(link.itemId) };
    if (found?.node === undefined) throw itemNotFound();
    const { drive, node } = found;
    if (!this.mayRead(user, drive)) {
      const redeems = /\bredeemSharingLink(IfNecessary)?\b/i.exec(prefer);
      if (link === undefined || redeems === null) throw accessDenied('The sharing link no longer exists, or you do not have permission to access it.');
      if (redeems[1] === undefined && user !== undefined) this.#redeemed.add(`${user.id} ${drive.id}`);
    }
    return { drive, node };
  }

  #byWebUrl(url: URL): { drive: Drive; node: Node | undefined } | undefined {
    const wanted = decodeURIComponent(`${url.origin}${url.pathname}`).replace(/\/$/, '');
    const within = (drive: Drive): boolean => `${wanted}/`.toLowerCase().startsWith(`${decodeURIComponent(drive.webUrl)}/`.toLowerCase());
    // If sites are nested, the longest matching address is the right one.
    const [drive] = this.#directory.drives.filter(within).sort((one, other) => other.webUrl.length - one.webUrl.length);
    if (drive === undefined) return undefined;
    const names = wanted.slice(decodeURIComponent(drive.webUrl).length).split('/').filter((name) => name !== '');
    return { drive, node: this.#tree.byNames(names, rootOf({ tree: this.#tree }, drive)) };
  }
}

export function permissionJson({ id, type, scope, webUrl }: SharingLink): Json {
  return { id, roles: [type === 'edit' ? 'write' : 'read'], shareId: shareIdOf(webUrl), link: { type, scope, webUrl } };
}

function shareIdOf(url: string): string {
  return `u!${Buffer.from(url).toString('base64url')}`;
}

function urlIn(token: string): URL {
  const text = token.startsWith('u!') ? Buffer.from(token.slice(2), 'base64url').toString() : '';
  if (!URL.canParse(text) || !/^https:$/.test(new URL(text).protocol)) throw invalidRequest('Invalid shares key');
  const url = new URL(text);
  try {
    decodeURIComponent(url.pathname);
  } catch {
    throw invalidRequest('Invalid shares key');
  }
  return url;
}
