import { pMapIterable } from 'p-map';
import { field, present, textField } from '../../lib/json.ts';
import { atMost, entriesOf } from './entries.ts';
import { AT_ONCE, candidateOf, DRIVE_FIELDS, matchesAll, type Candidate, type Search } from './found-drive.ts';
import { SOURCES, type Source } from './inquiry.ts';

interface Group {
  id: string;
  name: string | undefined;
  team: boolean;
}

/** Each group costs a request, and each team one more. */
const MOST_GROUPS = 200;

/**
 * `groupDrives` yields the drives of the signed-in user's groups and teams, or, for an app, of all groups, and then the
 * files of their channels. Private and shared channels have drives of their own; the others are folders of the team's
 * drive, and are looked up only where a word names them.
 */
export async function* groupDrives(search: Search, asApp: boolean): AsyncGenerator<Candidate, void, undefined> {
  const groups = await groupsOf(search, asApp);
  for await (const found of pMapIterable(groups, (group) => driveOf(search, group), { concurrency: AT_ONCE })) if (found !== undefined) yield found;
  const teams = groups.filter(({ team }) => team);
  for await (const found of pMapIterable(teams, (team) => channelsOf(search, team), { concurrency: AT_ONCE })) yield* found;
}

async function groupsOf(search: Search, asApp: boolean): Promise<Group[]> {
  const found = new Map<string, Group>();
  const add = async (source: Source, path: string, team: boolean): Promise<void> => {
    for (const body of await listed(search, source, path)) {
      const group = groupIn(body, team);
      if (group === undefined) continue;
      const known = found.get(group.id);
      found.set(group.id, { ...group, name: group.name ?? known?.name, team: group.team || known?.team === true });
    }
  };
  if (asApp) {
    await add(SOURCES.allGroups, `/groups?$filter=${encodeURIComponent('groupTypes/any(type:type eq \'Unified\')')}&$select=id,displayName,groupTypes,resourceProvisioningOptions`, false);
  } else {
    await add(SOURCES.groups, '/me/memberOf', false);
    await add(SOURCES.teams, '/me/joinedTeams', true);
  }
  return [...found.values()];
}

async function listed({ get, signal, inquiry }: Search, source: Source, path: string): Promise<unknown[]> {
  const found: unknown[] = [];
  const cut = (): void => { inquiry.note(`Only the first ${MOST_GROUPS} groups were searched.`); };
  await inquiry.ask(source, async () => {
    for await (const body of atMost(MOST_GROUPS, entriesOf(get, path, signal), cut)) found.push(body);
  });
  return found;
}

/** Graph gives nothing but the id of a group that the account cannot read. Security groups have no drive. */
function groupIn(body: unknown, team: boolean): Group | undefined {
  const id = textField(body, 'id');
  const type = textField(body, '@odata.type') ?? '#microsoft.graph.group';
  const kinds = field(body, 'groupTypes');
  if (id === undefined || type !== '#microsoft.graph.group' || (Array.isArray(kinds) && !kinds.includes('Unified'))) return undefined;
  const options = field(body, 'resourceProvisioningOptions');
  return { id, name: textField(body, 'displayName'), team: team || (Array.isArray(options) && options.includes('Team')) };
}

async function driveOf({ get, signal, inquiry }: Search, { id, name, team }: Group): Promise<Candidate | undefined> {
  const answer = await inquiry.ask(SOURCES.groupDrives, () => get(`/groups/${encodeURIComponent(id)}/drive?$select=${DRIVE_FIELDS}`, signal, { accept: [404] }));
  // A group whose files nobody has opened has no drive yet.
  if (answer === undefined || answer.status === 404) return undefined;
  const found = candidateOf(answer.body, team ? 'team' : 'group', { site: name });
  return found === undefined ? undefined : { ...found, drive: present({ ...found.drive, site: name ?? found.drive.owner }) };
}

async function channelsOf(search: Search, { id, name }: Group): Promise<Candidate[]> {
  const { get, signal, inquiry, words } = search;
  const team = `/teams/${encodeURIComponent(id)}`;
  const channels: unknown[] = [];
  await inquiry.ask(SOURCES.channels, async () => {
    for await (const channel of entriesOf(get, `${team}/allChannels?$select=id,displayName,membershipType`, signal)) channels.push(channel);
  });
  const found: Candidate[] = [];
  for (const channel of channels) {
    const channelId = textField(channel, 'id');
    const channelName = textField(channel, 'displayName');
    const ownDrive = textField(channel, 'membershipType') !== 'standard';
    const isNamed = words.length > 0 && words.some((word) => matchesAll({ name: channelName ?? '' }, [word]));
    if (channelId === undefined || (!ownDrive && !isNamed)) continue;
    // It takes no query options.
    const answer = await inquiry.ask(SOURCES.channelFiles, () => get(`${team}/channels/${encodeURIComponent(channelId)}/filesFolder`, signal, { accept: [404] }));
    if (answer === undefined || answer.status === 404) continue;
    const driveId = textField(field(answer.body, 'parentReference'), 'driveId');
    const webUrl = textField(answer.body, 'webUrl');
    const target = ownDrive ? (driveId === undefined ? undefined : `drive:${driveId}`) : webUrl;
    if (target === undefined) continue;
    found.push({ key: ownDrive ? (driveId ?? target) : target, drive: present({ target, kind: 'channel', name: channelName, site: name, webUrl }) });
  }
  return found;
}
