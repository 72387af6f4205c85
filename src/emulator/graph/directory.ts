import type { Personality, UserOption } from '../options.ts';
import { stableBytes, stableGuid } from '../secrets.ts';

export interface User {
  /** The object id. */
  id: string;
  userPrincipalName: string;
  displayName: string;
  tenantId: string;
  drive: Drive;
}

export interface Drive {
  id: string;
  driveType: 'personal' | 'business' | 'documentLibrary';
  name: string;
  /** As `/personal/ada_example_com`: what notifications call `siteUrl`. */
  siteUrl: string;
  webUrl: string;
  webId: string;
  /** What notifications call `resource`. */
  listId: string;
  siteId: string;
  owner: { id: string; displayName: string; email: string } | undefined;
}

export interface Site {
  id: string;
  name: string;
  displayName: string;
  /** Server-relative: `/sites/Engineering`. */
  path: string;
  webUrl: string;
  lists: readonly SharePointList[];
}

export interface SharePointList {
  id: string;
  name: string;
  template: 'documentLibrary' | 'genericList';
  webUrl: string;
  /** Only a document library has one. */
  drive: Drive | undefined;
}

export interface Group {
  id: string;
  displayName: string;
  drive: Drive;
}

/** The tenant that every personal account belongs to. */
const PERSONAL_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad';
/** Reserved for examples (RFC 2606). */
const SHAREPOINT_HOST = 'example.com';

/** Directory knows everyone and everything that has a drive. Ids are derived from names, so they are the same in every run. */
export class Directory {
  readonly tenantId: string;
  readonly site: Site;
  readonly group: Group;
  /** The ids of the extra drives. */
  readonly extraDrives: readonly string[];
  readonly #personality: Personality;
  readonly #users = new Map<string, User>();
  readonly #drives = new Map<string, Drive>();

  constructor(personality: Personality, users: readonly UserOption[], extraDrives: number) {
    this.#personality = personality;
    this.tenantId = personality === 'personal' ? PERSONAL_TENANT : stableGuid('tenant example.com');
    this.site = this.#makeSite('Engineering');
    this.group = {
      id: stableGuid('group Engineering'),
      displayName: 'Engineering',
      drive: this.#addDrive('group Engineering', 'documentLibrary', 'Documents', '/sites/EngineeringGroup', undefined),
    };
    for (const { userPrincipalName, displayName } of users) this.user(userPrincipalName, displayName);
    this.extraDrives = Array.from({ length: extraDrives }, (_, index) => {
      const name = `Drive ${index + 1}`;
      return this.#addDrive(`extra ${index + 1}`, this.#ownDriveType(), name, `/sites/Extra${index + 1}`, undefined).id;
    });
  }

  /** The site's document library. */
  get library(): SharePointList {
    const found = this.site.lists.find(({ drive }) => drive !== undefined);
    if (found === undefined) throw new Error('The site always has a document library.');
    return found;
  }

  get users(): readonly User[] {
    return [...this.#users.values()];
  }

  /** Returns the user of that name, created on first use: in a development tool, anyone may sign in. */
  user(userPrincipalName: string, displayName?: string): User {
    const key = userPrincipalName.toLowerCase();
    const known = this.#users.get(key);
    if (known !== undefined) return known;
    const id = this.#personality === 'personal' ? personalObjectId(key) : stableGuid(`user ${key}`);
    const owner = { id, displayName: displayName ?? nameFrom(key), email: userPrincipalName };
    const siteUrl = `/personal/${this.#personality === 'personal' ? accountId(key) : key.replaceAll(/[^a-z0-9]/g, '_')}`;
    const drive = this.#addDrive(`user ${key}`, this.#ownDriveType(), 'OneDrive', siteUrl, owner, accountId(key));
    const user = { id, userPrincipalName, displayName: owner.displayName, tenantId: this.tenantId, drive };
    this.#users.set(key, user);
    return user;
  }

  userById(id: string): User | undefined {
    return this.users.find((user) => user.id === id || user.userPrincipalName.toLowerCase() === id.toLowerCase());
  }

  drive(id: string): Drive | undefined {
    const key = id.toLowerCase();
    // The real service drops leading zeros of personal drives' ids.
    return this.#drives.get(key) ?? this.#drives.get(key.padStart(16, '0'));
  }

  /** Finds a site by id, or by host and server-relative path (any host: sites differ by path here). */
  siteBy(reference: { id: string } | { host: string; path: string }): Site | undefined {
    if ('path' in reference) return reference.path.toLowerCase() === this.site.path.toLowerCase() ? this.site : undefined;
    const id = reference.id.toLowerCase();
    // `/sites/{host}` and `/sites/root` are the root site in Graph; it has the same library here.
    return [this.site.id.toLowerCase(), this.site.id.split(',')[1], SHAREPOINT_HOST, 'root'].includes(id) ? this.site : undefined;
  }

  listBy(site: Site, idOrTitle: string): SharePointList | undefined {
    const key = idOrTitle.toLowerCase();
    return site.lists.find((list) => list.id === key || list.name.toLowerCase() === key);
  }

  #ownDriveType(): 'personal' | 'business' {
    return this.#personality;
  }

  #makeSite(name: string): Site {
    const path = `/sites/${name}`;
    const webUrl = `https://${SHAREPOINT_HOST}${path}`;
    const drive = this.#addDrive(`site ${name}`, 'documentLibrary', 'Documents', path, undefined);
    const list = (title: string, template: SharePointList['template'], listDrive: Drive | undefined): SharePointList => ({
      id: listDrive?.listId ?? stableGuid(`list ${name} ${title}`),
      name: title,
      template,
      webUrl: `${webUrl}/${template === 'genericList' ? 'Lists/' : ''}${title}`,
      drive: listDrive,
    });
    return {
      id: `${SHAREPOINT_HOST},${drive.siteId},${drive.webId}`,
      name,
      displayName: name,
      path,
      webUrl,
      lists: [list('Documents', 'documentLibrary', drive), list('Tasks', 'genericList', undefined)],
    };
  }

  #addDrive(
    seed: string,
    driveType: Drive['driveType'],
    name: string,
    siteUrl: string,
    owner: Drive['owner'],
    personalId?: string,
  ): Drive {
    const id =
      driveType === 'personal'
        ? (personalId ?? accountId(seed))
        : `b!${stableBytes(`drive ${seed}`).subarray(0, 48).toString('base64url')}`;
    const drive = {
      id,
      driveType,
      name,
      siteUrl,
      webUrl: `https://${SHAREPOINT_HOST}${siteUrl}/Documents`,
      webId: stableGuid(`web ${seed}`),
      listId: stableGuid(`list ${seed}`),
      siteId: stableGuid(`site ${seed}`),
      owner,
    };
    this.#drives.set(id.toLowerCase(), drive);
    return drive;
  }
}

/** A personal account's number, sixteen hex digits, which is also its drive's id. */
function accountId(userName: string): string {
  return stableBytes(`account ${userName}`).subarray(0, 8).toString('hex');
}

function personalObjectId(userName: string): string {
  const account = accountId(userName);
  return `00000000-0000-0000-${account.slice(0, 4)}-${account.slice(4)}`;
}

function nameFrom(userPrincipalName: string): string {
  const name = userPrincipalName.split('@')[0] ?? userPrincipalName;
  return name
    .split(/[._-]+/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join(' ');
}
