import type { Address } from './address.ts';
import { isOneDriveHost, isShortLinkHost, sharePointCloud, teamsCloud } from './hosts.ts';
import { parsePersonal } from './personal.ts';
import { parseSharePoint } from './sharepoint.ts';
import { guid, queryOf, refused, type Query } from './url-parts.ts';
import { percentDecoded } from '../../lib/percent-encoding.ts';

/** Links wrap each other (Teams around SharePoint, redirects around links): no real one is nested deeper. */
const DEEPEST = 4;

export interface ParseOptions {
  /** The emulator is the cloud in use. */
  emulator?: boolean;
}

/**
 * `parseAddress` reads an address that a browser, "Copy link", Teams or the Sync button gives. It asks nobody,
 * and throws a usage error that says what is wrong with any other text.
 *
 * Shapes: as they stand in public repositories and in Microsoft's documentation of sharing links
 * (api-reference/v1.0/api/shares-get.md) and of sites by path (api-reference/v1.0/api/site-getbypath.md).
 */
export function parseAddress(text: string, options: ParseOptions = {}): Address {
  return parse(text, options, 0);
}

function parse(text: string, options: ParseOptions, depth: number): Address {
  if (depth > DEEPEST) throw refused(text, 'it contains too many addresses inside one another');
  const trimmed = text.trim().replace(/^<(.*)>$/s, '$1');
  const whole = /^[a-z][\w+.-]*:/i.test(trimmed) ? trimmed : `https://${trimmed}`;
  if (!URL.canParse(whole)) throw refused(text, 'it is not a valid URL');
  const url = new URL(whole);
  if (url.protocol === 'odopen:') return parseSync(text, queryOf(url), options);
  if (url.protocol === 'msteams:') return parse(`https://teams.microsoft.com${url.pathname.replace(/^\/\/[^/]*/, '')}${url.search}`, options, depth + 1);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refused(text, `${url.protocol} is not a web address`);
  if (url.username !== '' || url.password !== '') throw refused(text, 'it contains a user name or a password');
  const host = url.host.toLowerCase();
  const again = (inner: string): Address => parse(inner, options, depth + 1);
  if (sharePointCloud(host, options.emulator) !== undefined) return parseSharePoint(url, { cloud: sharePointCloud(host, options.emulator), again });
  if (isShortLinkHost(host)) return { kind: 'sharing', cloud: 'global', url: url.href };
  if (isOneDriveHost(host)) return parsePersonal(url, again);
  const teams = teamsCloud(host);
  if (teams !== undefined) return parseTeams(url, teams, again);
  throw refused(text, `${url.hostname} is not a OneDrive, SharePoint or Teams host`);
}

function parseTeams(url: URL, cloud: Address['cloud'], again: (inner: string) => Address): Address {
  const query = queryOf(url);
  const file = query.get('objecturl') ?? query.get('objecturl'.toUpperCase());
  if (file !== undefined) return again(file);
  const [, channelId] = /^\/(?:_#\/)?l\/channel\/([^/]+)/i.exec(url.pathname) ?? [];
  const teamId = guid(query.get('groupid'));
  if (channelId !== undefined && teamId !== undefined) return { kind: 'channel', cloud, teamId, channelId: percentDecoded(channelId) };
  throw refused(url.href, 'this Teams link does not lead to a file or a channel', 'In Teams, use "Get link to channel", or "Copy link" of a file.');
}

/** `odopen://sync?…&siteId={…}&webId={…}&listId={…}&webUrl=…`: what the Sync button hands to the sync client. */
function parseSync(text: string, query: Query, { emulator }: ParseOptions): Address {
  const [siteId, webId, listId] = [guid(query.get('siteid')), guid(query.get('webid')), guid(query.get('listid'))];
  const webUrl = query.get('weburl');
  const host = webUrl !== undefined && URL.canParse(webUrl) ? new URL(webUrl).host.toLowerCase() : '';
  const cloud = sharePointCloud(host, emulator);
  if (siteId === undefined || webId === undefined || listId === undefined || cloud === undefined) {
    throw refused(text, 'it does not name a site, a web and a list of SharePoint');
  }
  return { kind: 'library', cloud, host, siteId, webId, listId };
}
