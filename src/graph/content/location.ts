import { WatchError } from '../../errors.ts';
import { isLoopback } from '../../net/loopback.ts';

/** Known ones have some 1,500 characters. */
const LONGEST_URL = 16_384;

/**
 * `checkedLocation` reads where a redirect leads: https, or http on this machine if Graph is there too.
 * Throws a `refused` error for anything else; its message has nothing of the URL but the host.
 */
export function checkedLocation(location: string | undefined, from: URL): URL {
  if (location === undefined || location === '') throw new WatchError('network', 'Graph did not say where the content is.', { code: 'badContent' });
  if (location.length > LONGEST_URL || !URL.canParse(location, from.href)) throw refused('it is not a valid URL');
  const url = new URL(location, from);
  const onThisMachine = url.protocol === 'http:' && isLoopback(url.hostname) && isLoopback(from.hostname);
  if (url.protocol !== 'https:' && !onThisMachine) throw refused(`it leads to ${url.protocol}//${url.host}, which is not https`);
  if (url.username !== '' || url.password !== '') throw refused(`it leads to ${url.host} with a user name`);
  return url;
}

function refused(why: string): WatchError {
  return new WatchError('refused', `Refused to follow Graph's redirect to the content: ${why}.`, { code: 'foreignLink' });
}
