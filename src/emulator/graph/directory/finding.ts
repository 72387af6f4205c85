import type { Address } from '../address/address.ts';
import { requireScope } from '../bearer.ts';
import { rootOf } from '../drive-root.ts';
import { GraphError, itemNotFound } from '../errors.ts';
import { presentView } from '../items/item-answers.ts';
import { itemJson } from '../items/item-json.ts';
import { driveOf, groupOf, signedInUser, siteOf, userOf } from '../lookup.ts';
import { one, many } from '../query/reply-body.ts';
import type { GraphRequest, Json } from '../request.ts';
import type { GraphService } from '../service.ts';
import type { Channel, Drive, Group, Site } from './directory.ts';
import { channelJson, driveJson, groupJson, organizationJson, siteJson, teamJson, userJson } from './directory-json.ts';

export type FindingAddress = Extract<
  Address,
  { what: 'me' | 'users' | 'user' | 'organization' | 'groups' | 'group' | 'groupSite' | 'drives' | 'sites' | 'allSites' | 'subsites' | 'followedSites' | 'memberOf' | 'joinedTeams' | 'team' | 'channels' | 'channel' | 'filesFolder' }
>;

/** The families of permissions of which one is needed, as in Graph's permission tables. */
const SCOPES: Readonly<Record<FindingAddress['what'], readonly string[]>> = {
  me: ['User'],
  users: ['User', 'Directory'],
  user: ['User', 'Directory'],
  organization: ['User', 'Organization', 'Directory'],
  groups: ['Group', 'GroupMember', 'Directory'],
  group: ['Group', 'GroupMember', 'Directory'],
  groupSite: ['Sites'],
  drives: ['Files', 'Sites'],
  sites: ['Sites'],
  allSites: ['Sites'],
  subsites: ['Sites'],
  followedSites: ['Sites'],
  memberOf: ['User', 'GroupMember', 'Directory'],
  joinedTeams: ['Team'],
  team: ['Team', 'TeamSettings', 'Group'],
  channels: ['Channel', 'ChannelSettings', 'Group'],
  channel: ['Channel', 'ChannelSettings', 'Group'],
  filesFolder: ['Files', 'Sites'],
};

/** What personal accounts have. */
const PERSONAL: readonly FindingAddress['what'][] = ['me', 'user', 'drives'];

export function isFinding(address: Address): address is FindingAddress {
  return Object.hasOwn(SCOPES, address.what);
}

/** Answers the requests that find users, groups, teams, sites and drives. */
export function findingAnswer(service: GraphService, request: GraphRequest, address: FindingAddress): Json {
  const { grant } = request;
  const { directory } = service;
  if (address.what === 'me' || ('user' in address && address.user === undefined)) signedInUser(grant);
  if (service.settings.personality === 'personal' && !PERSONAL.includes(address.what)) {
    throw new GraphError(400, 'BadRequest', 'This API is not supported for MSA accounts.');
  }
  requireScope(grant, SCOPES[address.what]);
  switch (address.what) {
    case 'me':
      return one(service, request, 'users', userJson(userOf(service, grant, undefined)));
    case 'user':
      return one(service, request, 'users', userJson(userOf(service, grant, address.id)));
    case 'users':
      return many(service, request, 'users', directory.users.map(userJson));
    case 'organization':
      return many(service, request, 'organization', [organizationJson(directory)]);
    case 'groups':
      return many(service, request, 'groups', directory.groups.map(groupJson));
    case 'group':
      return one(service, request, 'groups', groupJson(groupOf(service, address.id)));
    case 'groupSite':
      return one(service, request, 'sites', siteJson(groupOf(service, address.id).site));
    case 'drives':
      return many(service, request, 'drives', drivesOf(service, request, address));
    case 'sites':
      return many(service, request, 'sites', found(directory.sites, request.query.get('search') ?? request.query.get('$search') ?? '*').map(siteJson), ['search']);
    case 'allSites':
      if (grant.user !== undefined) throw new GraphError(403, 'accessDenied', 'This request is for application permissions only.');
      return many(service, request, 'sites', directory.sites.map(siteJson));
    case 'subsites':
      return many(service, request, 'sites', directory.sites.filter(isSubsiteOf(siteOf(service, address.site))).map(siteJson));
    case 'followedSites':
      return many(service, request, 'sites', directory.sites.filter(({ followedBy }) => followedBy.includes(nameOf(service, request, address.user))).map(siteJson));
    case 'memberOf':
      return many(service, request, 'directoryObjects', groupsOf(service, request, address.user).map(groupJson));
    case 'joinedTeams':
      return many(service, request, 'teams', groupsOf(service, request, address.user).filter(({ channels }) => channels !== undefined).map(teamJson));
    case 'team':
      return one(service, request, 'teams', teamJson(teamOf(service, address.team)));
    case 'channels': {
      const team = teamOf(service, address.team);
      return many(service, request, 'channels', team.channels.map((channel) => channelJson(channel, team)));
    }
    case 'channel': {
      const team = teamOf(service, address.team);
      return one(service, request, 'channels', channelJson(channelOf(team, address.channel), team));
    }
    case 'filesFolder':
      return filesFolder(service, request, channelOf(teamOf(service, address.team), address.channel));
  }
}

/** A hidden library is shown if its marker, `system`, is selected. */
function drivesOf(service: GraphService, { grant, query }: GraphRequest, { drive: reference }: Extract<Address, { what: 'drives' }>): Json[] {
  const json = (drive: Drive): Json => driveJson(drive, rootOf(service.folder, drive).item.size);
  if (reference.of !== 'site') {
    const owner = reference.of === 'me' ? signedInUser(grant) : reference.of === 'user' ? service.directory.userById(reference.id) : undefined;
    return [...(owner?.systemDrives ?? []), driveOf(service, grant, reference)].map(json);
  }
  const showsHidden = (query.get('$select') ?? query.get('select') ?? '').split(',').includes('system');
  return siteOf(service, reference.site).lists.flatMap(({ drive, hidden }) => {
    if (drive === undefined || (hidden && !showsHidden)) return [];
    return [{ ...json(drive), ...(hidden ? { system: {} } : {}) }];
  });
}

function nameOf(service: GraphService, { grant }: GraphRequest, user: string | undefined): string {
  return userOf(service, grant, user).userPrincipalName.toLowerCase();
}

function groupsOf(service: GraphService, request: GraphRequest, user: string | undefined): Group[] {
  const name = nameOf(service, request, user);
  return service.directory.groups.filter(({ members }) => members.includes(name));
}

function teamOf(service: GraphService, id: string): Group & { channels: readonly Channel[] } {
  const { channels, ...group } = groupOf(service, id);
  if (channels === undefined) throw itemNotFound();
  return { ...group, channels };
}

function channelOf({ channels }: { channels: readonly Channel[] }, id: string): Channel {
  const channel = channels.find((each) => each.id === id);
  if (channel === undefined) throw itemNotFound();
  return channel;
}

/** The sites whose name, title or address has all the words; `*` is every site. */
function found(sites: readonly Site[], search: string): readonly Site[] {
  const words = search.toLowerCase().replaceAll('"', '').split(/\s+/).filter((word) => word !== '' && word !== '*').map((word) => word.replace(/\*$/, ''));
  return sites.filter(({ name, displayName, webUrl }) => {
    const text = `${name} ${displayName} ${webUrl}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

function isSubsiteOf(parent: Site): (site: Site) => boolean {
  return ({ path }) => parent.path !== '' && path.startsWith(`${parent.path}/`) && !path.slice(parent.path.length + 1).includes('/');
}

/**
 * A channel's files are in the folder of its name, or, as long as the drive does not have it, in the
 * drive's root. The real answer has no parent id, and a creation time that says nothing.
 */
function filesFolder(service: GraphService, request: GraphRequest, { displayName, drive }: Channel): Json {
  const root = rootOf(service.folder, drive);
  const node = service.folder.tree.byNames([displayName], root);
  const json = itemJson((node?.item.folder === true ? node : root).item, presentView(service, drive));
  const { driveId, driveType } = json.parentReference as Json;
  return one(service, request, 'driveItem', { ...json, createdDateTime: '0001-01-01T00:00:00Z', parentReference: { driveId, driveType } }, []);
}
