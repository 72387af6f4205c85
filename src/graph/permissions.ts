/** Credential is whose permissions count: a user's who signed in here, an app's own, or those of a token from elsewhere. */
export type Credential = 'user' | 'app' | 'token';

/** The first rule that fits says what a path below the Graph version needs. Source: Microsoft Graph's permission tables, August 2026. */
const RULES: readonly (readonly [path: RegExp, what: string, ...scopes: string[]])[] = [
  [/^\/me\/drives?(?:[/?]|$)/, 'drive', 'Files.Read'],
  [/^\/(?:drives|users|groups)\/[^/]+\/drives?(?:[/?]|$)|^\/drives\//, 'drive', 'Files.Read.All'],
  // Files.Read.All is enough for a library by its drive's id, but not for finding it.
  [/^\/sites[/?]|^\/me\/followedSites/, 'site', 'Files.Read.All', 'Sites.Read.All'],
  [/^\/shares\//, 'link', 'Files.Read.All', 'Sites.Read.All'],
  [/^\/teams\/[^/]+\/channels\/[^/]+\/filesFolder/, 'channel', 'Files.Read.All'],
  [/^\/teams\/[^/]+\/(?:allC|c)hannels/, 'team', 'Team.ReadBasic.All', 'Channel.ReadBasic.All', 'Files.Read.All'],
  [/^\/me\/joinedTeams/, 'list of teams', 'Team.ReadBasic.All', 'Channel.ReadBasic.All', 'Files.Read.All'],
  [/^\/groups/, 'list of groups', 'Group.ReadBasic.All', 'Files.Read.All'],
  [/^\/me(?:[/?]|$)/, 'profile', 'User.Read'],
];

/** `permissionHint` says what may be missing where Graph forbids a request, and how to get it. `path` is below the Graph version. */
export function permissionHint(path: string, { credential = 'user', write = false }: { credential?: Credential | undefined; write?: boolean | undefined } = {}): string {
  const [, what = 'drive', ...read] = RULES.find(([pattern]) => pattern.test(path)) ?? [];
  const scopes = write ? read.map((scope) => scope.replace(/^Files\.Read/, 'Files.ReadWrite')) : read;
  const names = (scopes.length === 0 ? ['Files.Read.All'] : scopes).join(' ');
  const may = `cannot ${write ? 'write to' : 'read'} this ${what}`;
  switch (credential) {
    case 'user':
      // Every sign-in asks for it.
      return names === 'Files.Read' ? `The account ${may}: see graph-watch status, or accept the permission at graph-watch login.` : `The account ${may}, or a scope is missing: graph-watch login --scope ${names}`;
    case 'token':
      return `The account ${may}, or the token lacks a scope: ${names}`;
    case 'app':
      return `The app ${may}: an administrator has to grant it ${names.replace(/(Files\.Read(?:Write)?)(?= |$)/, '$1.All')}, or access to just this ${what}.`;
  }
}
