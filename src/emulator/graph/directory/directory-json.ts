import type { Channel, Directory, Drive, Group, SharePointList, Site, User } from './directory.ts';
import { DOMAIN } from './directory.ts';

/** Bytes. */
const PERSONAL_QUOTA = 5 * 2 ** 30;
const BUSINESS_QUOTA = 2 ** 40;

export function userJson(user: User): Record<string, unknown> {
  const [givenName, ...surnames] = user.displayName.split(' ');
  return {
    businessPhones: [],
    displayName: user.displayName,
    givenName: givenName ?? user.displayName,
    jobTitle: null,
    mail: user.userPrincipalName,
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: null,
    surname: surnames.join(' '),
    userPrincipalName: user.userPrincipalName,
    id: user.id,
  };
}

/** `used`: bytes. */
export function driveJson(drive: Drive, used: number): Record<string, unknown> {
  const total = drive.driveType === 'personal' ? PERSONAL_QUOTA : BUSINESS_QUOTA;
  return {
    id: drive.id,
    driveType: drive.driveType,
    name: drive.name,
    webUrl: drive.webUrl,
    ...(drive.owner === undefined ? {} : { owner: { user: drive.owner } }),
    ...(drive.ownerGroup === undefined ? {} : { owner: { group: drive.ownerGroup } }),
    quota: { deleted: 0, remaining: Math.max(0, total - used), state: used > total ? 'exceeded' : 'normal', total, used },
  };
}

export function siteJson(site: Site): Record<string, unknown> {
  return {
    id: site.id,
    name: site.name,
    displayName: site.displayName,
    webUrl: site.webUrl,
    ...(site.path === '' ? { root: {} } : {}),
    siteCollection: { hostname: new URL(site.webUrl).host },
  };
}

export function listJson(list: SharePointList): Record<string, unknown> {
  return {
    id: list.id,
    name: list.name,
    displayName: list.name,
    webUrl: list.webUrl,
    list: { contentTypesEnabled: false, hidden: list.hidden, template: list.template },
  };
}

export function groupJson(group: Group): Record<string, unknown> {
  return {
    '@odata.type': '#microsoft.graph.group',
    id: group.id,
    displayName: group.displayName,
    groupTypes: ['Unified'],
    mail: `${group.mailNickname}@${DOMAIN}`,
    mailEnabled: true,
    mailNickname: group.mailNickname,
    resourceProvisioningOptions: group.channels === undefined ? [] : ['Team'],
    securityEnabled: false,
    visibility: 'Private',
  };
}

export function teamJson({ id, displayName }: Group): Record<string, unknown> {
  return { id, displayName, description: null, isArchived: false, webUrl: `https://teams.example.com/l/team/${id}` };
}

export function channelJson({ id, displayName, membershipType }: Channel, group: Group): Record<string, unknown> {
  return { id, displayName, description: null, membershipType, webUrl: `https://teams.example.com/l/channel/${encodeURIComponent(id)}/${encodeURIComponent(displayName)}?groupId=${group.id}` };
}

export function organizationJson({ tenantId, company }: Directory): Record<string, unknown> {
  return {
    id: tenantId,
    displayName: company.displayName,
    tenantType: 'AAD',
    verifiedDomains: [{ name: DOMAIN, isDefault: true, isInitial: true, capabilities: 'Email, OfficeCommunicationsOnline', type: 'Managed' }],
  };
}
