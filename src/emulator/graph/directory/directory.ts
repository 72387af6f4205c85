import type { Personality } from '../../options.ts';
import { itemNotFound } from '../errors.ts';
import { stableBytes, stableGuid } from '../../secrets.ts';
import type { Company, CompanyChannel, CompanyGroup } from './company.ts';
import { accountId, libraryDriveId, personalObjectId } from './drive-ids.ts';
import type { Channel, Drive, Group, SharePointList, Site, User } from './model.ts';

export type { Channel, Drive, Group, SharePointList, Site, User } from './model.ts';

/** The tenant that every personal account belongs to. */
const PERSONAL_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad';
/** The tenant's domain, reserved for examples (RFC 2606). */
export const DOMAIN = 'example.com';
/** How many drives that cannot be opened a personal account lists. */
const PHANTOMS = 2;

/** Directory knows everyone and everything that has a drive. Ids are derived from names, so they are the same in every run. */
export class Directory {
  readonly tenantId: string;
  readonly company: Company;
  /** The sites of the company, of its groups and of its private channels; the root site is always there. */
  readonly sites: Site[] = [];
  readonly groups: readonly Group[];
  /** The ids of the additional drives. */
  readonly extraDrives: readonly string[];
  readonly #personality: Personality;
  readonly #users = new Map<string, User>();
  readonly #drives = new Map<string, Drive>();

  constructor(personality: Personality, company: Company, extra: { drives: number; ownContent: boolean }) {
    this.#personality = personality;
    this.company = company;
    this.tenantId = personality === 'personal' ? PERSONAL_TENANT : stableGuid('tenant example.com');
    const rootSite = company.sites.some(({ name }) => name === '') ? [] : [{ name: '', displayName: 'Communication site', libraries: ['Documents'], hiddenLibraries: [], lists: [], followedBy: [] }];
    for (const { name, ...site } of [...company.sites, ...rootSite]) this.#makeSite({ path: name === '' ? '' : `/sites/${name}`, ...site });
    this.groups = company.groups.map((group) => this.#makeGroup(group));
    for (const { userPrincipalName, displayName } of company.users) this.user(userPrincipalName, displayName);
    this.extraDrives = Array.from({ length: extra.drives }, (_, index) => {
      const name = `Drive ${index + 1}`;
      const subfolder = extra.ownContent ? `drive-${index + 1}` : '';
      return this.#addDrive({ seed: `extra ${index + 1}`, driveType: personality, name, siteUrl: `/sites/Extra${index + 1}`, owner: undefined, subfolder }).id;
    });
  }

  get firstSite(): Site {
    const [first] = this.sites;
    if (first === undefined) throw new Error('There is always a root site.');
    return first;
  }

  get firstLibrary(): SharePointList {
    const [first] = this.firstSite.lists;
    if (first === undefined) throw new Error('A site always has a library.');
    return first;
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
    const drive = this.#addDrive({ seed: `user ${key}`, driveType: this.#personality, name: 'OneDrive', siteUrl, owner, account: key });
    const systemDrives = this.company.systemDrives ? this.#systemDrives(key, siteUrl, owner) : [];
    const user = { id, userPrincipalName, displayName: owner.displayName, tenantId: this.tenantId, drive, systemDrives };
    this.#users.set(key, user);
    return user;
  }

  userById(id: string): User | undefined {
    return this.users.find((user) => user.id === id || user.userPrincipalName.toLowerCase() === id.toLowerCase());
  }

  drive(id: string): Drive | undefined {
    // Base64url has two cases, which Graph distinguishes; personal ids come without leading zeros, in any case.
    return this.#drives.get(id) ?? this.#drives.get(id.toLowerCase().padStart(16, '0'));
  }

  get drives(): readonly Drive[] {
    return [...this.#drives.values()];
  }

  group(id: string): Group | undefined {
    return this.groups.find((group) => group.id === id.toLowerCase());
  }

  /** Finds a site by id, or by host and server-relative path (any host: sites differ by path here). */
  siteBy(reference: { id: string } | { host: string; path: string }): Site | undefined {
    if ('path' in reference) {
      const path = reference.path.toLowerCase().replace(/\/$/, '');
      return this.sites.find((site) => site.path.toLowerCase() === path);
    }
    const id = reference.id.toLowerCase();
    if (id === 'root' || id === this.company.host) return this.sites.find(({ path }) => path === '');
    return this.sites.find((site) => site.id === id || site.id.split(',')[1] === id);
  }

  listBy(site: Site, idOrTitle: string): SharePointList | undefined {
    const key = idOrTitle.toLowerCase();
    return site.lists.find((list) => list.id === key || list.name.toLowerCase() === key);
  }

  #systemDrives(key: string, siteUrl: string, owner: Drive['owner']): Drive[] {
    if (this.#personality === 'business') {
      return [this.#addDrive({ seed: `user ${key}`, driveType: 'business', name: 'OneDrive', siteUrl, owner, library: 'PreservationHoldLibrary' })];
    }
    return Array.from({ length: PHANTOMS }, (_, index) =>
      this.#addDrive({ seed: `phantom ${index} ${key}`, driveType: 'personal', name: 'OneDrive', siteUrl, owner, account: `phantom ${index} ${key}`, isPhantom: true }),
    );
  }

  #makeGroup({ displayName, mailNickname, members, channels }: CompanyGroup): Group {
    const id = stableGuid(`group ${displayName}`);
    const group = { id, displayName, email: `${mailNickname}@${this.company.host}` };
    const site = this.#makeSite({ path: `/sites/${mailNickname}`, displayName, libraries: ['Documents'], hiddenLibraries: [], lists: [], followedBy: [], group });
    return {
      id,
      displayName, mailNickname, site,
      members: members.map((name) => name.toLowerCase()),
      drive: libraryOf(site),
      channels: channels?.map((channel) => this.#makeChannel(channel, mailNickname, site)),
    };
  }

  #makeChannel({ displayName, membershipType }: CompanyChannel, mailNickname: string, site: Site): Channel {
    const seed = `channel ${mailNickname} ${displayName}`;
    const own = `/sites/${mailNickname}-${displayName.replaceAll(/[^\w-]/g, '')}`;
    const ownSite = membershipType === 'private' ? this.#makeSite({ path: own, displayName, libraries: ['Documents'], hiddenLibraries: [], lists: [], followedBy: [] }) : site;
    return { id: `19:${stableBytes(seed).toString('hex').slice(0, 32)}@thread.tacv2`, displayName, membershipType, drive: libraryOf(ownSite) };
  }

  #makeSite({ path, displayName, libraries, hiddenLibraries, lists, followedBy, group }: NewSite): Site {
    const webUrl = `https://${this.company.host}${path}`;
    const seed = `site ${path}`;
    const ofLibrary = (hidden: boolean) => (title: string): SharePointList => {
      const folder = title === 'Documents' ? 'Shared Documents' : title;
      const drive = this.#addDrive({ seed, driveType: 'documentLibrary', name: title, siteUrl: path, owner: undefined, ownerGroup: group, library: folder });
      return { id: drive.listId, name: title, template: 'documentLibrary', hidden, webUrl: drive.webUrl, drive };
    };
    const ofList = (title: string): SharePointList => ({
      id: stableGuid(`list ${seed} ${title}`), name: title, template: 'genericList', hidden: false, webUrl: `${webUrl}/Lists/${encodeURIComponent(title)}`, drive: undefined,
    });
    const site: Site = {
      id: `${this.company.host},${stableGuid(`site ${seed}`)},${stableGuid(`web ${seed}`)}`,
      name: path.slice(path.lastIndexOf('/') + 1),
      displayName, path, webUrl,
      lists: [...libraries.map(ofLibrary(false)), ...hiddenLibraries.map(ofLibrary(true)), ...lists.map(ofList)],
      followedBy: followedBy.map((name) => name.toLowerCase()),
    };
    this.sites.push(site);
    return site;
  }

  #addDrive({ seed, driveType, name, siteUrl, owner, ownerGroup, account, library = 'Documents', isPhantom = false, subfolder = '' }: NewDrive): Drive {
    const { host } = this.company;
    const ownHost = owner === undefined ? host : host.replace(/^([^.]+)(?=\.sharepoint\.)/, '$1-my');
    const [siteId, webId, listId] = [stableGuid(`site ${seed}`), stableGuid(`web ${seed}`), stableGuid(`list ${seed} ${library}`)];
    const id = driveType === 'personal' ? accountId(account ?? seed) : libraryDriveId(siteId, webId, listId);
    const drive = { id, isPhantom, driveType, name, siteUrl, webUrl: `https://${ownHost}${siteUrl}/${encodeURIComponent(library)}`, webId, listId, siteId, owner, ownerGroup, subfolder };
    this.#drives.set(id, drive);
    return drive;
  }
}

interface NewSite {
  path: string;
  displayName: string;
  libraries: readonly string[];
  hiddenLibraries: readonly string[];
  lists: readonly string[];
  followedBy: readonly string[];
  /** The group that owns the site, if there is one. */
  group?: Drive['ownerGroup'];
}

interface NewDrive {
  seed: string;
  driveType: Drive['driveType'];
  name: string;
  siteUrl: string;
  owner: Drive['owner'];
  ownerGroup?: Drive['ownerGroup'];
  /** The account whose number is a personal drive's id. */
  account?: string;
  /** The library's name in URLs, which is not its title. */
  library?: string;
  isPhantom?: boolean;
  subfolder?: string;
}

export function libraryOf({ lists }: Site): Drive {
  const found = lists.find(({ drive }) => drive !== undefined)?.drive;
  if (found === undefined) throw itemNotFound();
  return found;
}

function nameFrom(userPrincipalName: string): string {
  const name = userPrincipalName.split('@')[0] ?? userPrincipalName;
  return name
    .split(/[._-]+/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join(' ');
}
