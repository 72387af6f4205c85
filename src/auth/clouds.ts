export type CloudName = 'global' | 'usgov' | 'usgov-dod' | 'china' | 'emulator';

/** Cloud is a cloud's own addresses, without a trailing slash. */
export interface Cloud {
  /** Sign-in host, without the tenant. */
  readonly login: string;
  /** Graph root, without the version. */
  readonly graph: string;
}

export const CLOUDS: Readonly<Record<CloudName, Cloud>> = {
  global: { login: 'https://login.microsoftonline.com', graph: 'https://graph.microsoft.com' },
  usgov: { login: 'https://login.microsoftonline.us', graph: 'https://graph.microsoft.us' },
  'usgov-dod': { login: 'https://login.microsoftonline.us', graph: 'https://dod-graph.microsoft.us' },
  china: { login: 'https://login.chinacloudapi.cn', graph: 'https://microsoftgraph.chinacloudapi.cn' },
  // Where it listens by default; the file that it writes when it starts says where it really does.
  emulator: { login: 'https://localhost:8443', graph: 'https://localhost:8443' },
};

export const CLOUD_NAMES = Object.keys(CLOUDS) as readonly CloudName[];

export function isCloudName(text: string): text is CloudName {
  return Object.hasOwn(CLOUDS, text);
}

/** "Microsoft Graph Command Line Tools": the default of Microsoft's own Graph CLI. */
export const DEFAULT_CLIENT_ID = '14d82eec-204b-4c2f-b7e8-296a70dab67e';
/** Work, school and personal accounts alike. */
export const DEFAULT_TENANT = 'common';
/** The least that the endpoint call asks for. */
export const DEFAULT_SCOPE = 'Files.Read';

const OPENID_SCOPES = new Set(['openid', 'profile', 'email', 'offline_access']);

/**
 * `scopesFor` returns the scopes to request: the default one and `extra`, each once.
 *
 * A bare `Files.Read` means the global Graph to the sign-in service, whatever its cloud, so a
 * national cloud's scopes are named with its own Graph root in front. An own Graph root
 * (`GRAPH_WATCH_GRAPH_URL`, the emulator) is not a registered resource: its scopes stay bare.
 */
export function scopesFor(graphUrl: string, extra: readonly string[] = []): string[] {
  const national = [CLOUDS.usgov, CLOUDS['usgov-dod'], CLOUDS.china].some((cloud) => cloud.graph === graphUrl);
  const named = [DEFAULT_SCOPE, ...extra].map((scope) =>
    national && !scope.includes('://') && !OPENID_SCOPES.has(scope.toLowerCase()) ? `${graphUrl}/${scope}` : scope,
  );
  const once = new Map(named.map((scope) => [scope.toLowerCase(), scope]));
  return [...once.values()];
}

/**
 * `compareScopes` splits `asked` by what was granted. `granted` keeps the granted spelling, because MSAL finds a
 * token in its cache only under the very scopes it was stored with. The OpenID scopes are left out:
 * whether they are echoed says nothing.
 */
export function compareScopes(asked: readonly string[], answered: readonly string[]): { granted: string[]; missing: string[] } {
  const byPermission = new Map(answered.map((scope) => [permission(scope), scope]));
  const granted: string[] = [];
  const missing: string[] = [];
  for (const scope of asked) {
    if (OPENID_SCOPES.has(scope.toLowerCase()) || permission(scope) === '.default') continue;
    const match = byPermission.get(permission(scope));
    if (match === undefined) missing.push(scope);
    else granted.push(match);
  }
  return { granted, missing };
}

/** `extraScopes` returns the scopes that only `login --scope` asks for. */
export function extraScopes(scopes: readonly string[]): string[] {
  return scopes.filter((scope) => !OPENID_SCOPES.has(scope.toLowerCase()) && permission(scope) !== permission(DEFAULT_SCOPE));
}

/** `https://graph.microsoft.us/Files.Read` and `files.read` are the same permission. */
function permission(scope: string): string {
  return scope.slice(scope.lastIndexOf('/') + 1).toLowerCase();
}
