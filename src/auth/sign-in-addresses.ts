import { WatchError } from '../errors.ts';
import { isLoopback } from '../net/loopback.ts';
import { hostOf } from './accounts.ts';

/** Hosts of one cloud that stand for one another, as MSAL has them (its "instance metadata"). */
const ALIASES: readonly (readonly string[])[] = [
  ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com', 'sts.windows.net'],
  ['login.chinacloudapi.cn', 'login.partner.microsoftonline.cn'],
  ['login.microsoftonline.us', 'login.usgovcloudapi.net'],
];

/**
 * `checkedSignInAddress` returns an address that the sign-in service itself named (its endpoints, from the
 * discovery document), in the spelling in which it may be requested, opened or shown. Throws an `auth` error
 * unless it is https (http on loopback), has no user in it, and is at the authority's own host: what is sent
 * there are refresh tokens and passwords.
 */
export function checkedSignInAddress(address: string, authority: string): string {
  const url = checkedAddress(address, authority);
  const here = hostOf(authority);
  if (url.host !== here && !ALIASES.some((hosts) => hosts.includes(url.host) && hosts.includes(here))) throw refused(url.host, authority, 'is a different host');
  return url.href;
}

/**
 * `checkedVerificationUri` checks the address of the page on which a person enters the code, which may be at
 * another host (https://microsoft.com/devicelogin).
 */
export function checkedVerificationUri(address: string, authority: string): string {
  return checkedAddress(address, authority).href;
}

/** The longest URL that every browser accepts. */
const LONGEST_ADDRESS = 2_048;

function checkedAddress(address: string, authority: string): URL {
  // A query of our own parameters may be longer.
  if ((address.split('?', 1)[0] ?? '').length > LONGEST_ADDRESS || !URL.canParse(address)) throw refused(undefined, authority, 'is not a valid URL');
  const url = new URL(address);
  const { protocol, host, hostname, username, password } = url;
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(hostname))) throw refused(`${protocol}//${host}`, authority, 'is not https');
  if (username !== '' || password !== '') throw refused(host, authority, 'contains a user name or a password');
  return url;
}

function refused(place: string | undefined, authority: string, why: string): WatchError {
  return new WatchError('auth', `Refused an address from ${hostOf(authority)}: ${place === undefined ? 'it' : place.slice(0, 100)} ${why}.`, {
    code: 'addressRefused',
    hint: 'Check GRAPH_WATCH_AUTHORITY, --cloud and --tenant; something else may be answering instead of the sign-in service.',
  });
}
