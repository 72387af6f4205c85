/** The clouds that an address can belong to; `emulator` is the local one. */
export type CloudHost = 'global' | 'usgov' | 'usgov-dod' | 'china' | 'emulator';

/** SharePoint's domains, `<tenant>.` or `<tenant>-my.` in front. Source: Microsoft Graph, concepts/deployments.md. */
const SHAREPOINT: readonly (readonly [domain: string, cloud: CloudHost])[] = [
  ['.sharepoint.com', 'global'],
  ['.sharepoint.us', 'usgov'],
  ['.sharepoint-mil.us', 'usgov-dod'],
  ['.sharepoint.cn', 'china'],
];

const TEAMS: Readonly<Record<string, CloudHost>> = {
  'teams.microsoft.com': 'global',
  'teams.cloud.microsoft': 'global',
  'gov.teams.microsoft.us': 'usgov',
  'dod.teams.microsoft.us': 'usgov-dod',
};

/**
 * `sharePointCloud` returns the cloud of a SharePoint host, `undefined` for any other host. The emulator's sites have
 * invented hosts: where it is in use, every host that is not Microsoft's is one of its own.
 */
export function sharePointCloud(host: string, emulator = false): CloudHost | undefined {
  const known = SHAREPOINT.find(([domain]) => host.endsWith(domain) && host.length > domain.length)?.[1];
  if (known !== undefined || !emulator) return known;
  return isShortLinkHost(host) || isOneDriveHost(host) || teamsCloud(host) !== undefined ? undefined : 'emulator';
}

/** `teamsCloud` returns the cloud of a Teams host, `undefined` for any other host. */
export function teamsCloud(host: string): CloudHost | undefined {
  return Object.hasOwn(TEAMS, host) ? TEAMS[host] : undefined;
}

/** `isOneDriveHost` says whether the host shows personal OneDrives. */
export function isOneDriveHost(host: string): boolean {
  return host === 'onedrive.live.com' || host === 'www.onedrive.live.com';
}

/** `isShortLinkHost` says whether the host holds nothing but sharing links of personal OneDrives. */
export function isShortLinkHost(host: string): boolean {
  return host === '1drv.ms' || host.endsWith('.1drv.ms');
}
