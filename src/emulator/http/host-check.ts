import type { IncomingMessage } from 'node:http';

/** The names of this machine's own loopback addresses, as a URL's `hostname` spells them. */
export const LOOPBACK_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Reports whether a request was meant for the emulator, by its Host header and, if it has one, the
 * host in its request line. A page whose host name was rebound to 127.0.0.1 sends that name: it must
 * not get in. Any port is accepted, because a forwarded port differs from the emulator's.
 */
export function isForEmulator(request: Pick<IncomingMessage, 'headers' | 'url'>, names: readonly string[] = LOOPBACK_NAMES): boolean {
  const { headers: { host }, url = '/' } = request;
  const urls = [`https://${host ?? ''}/`, ...(url.startsWith('/') ? [] : [url])];
  return urls.every((text) => {
    if (!URL.canParse(text)) return false;
    const { hostname, username, password, pathname } = new URL(text);
    return names.includes(hostname) && username === '' && password === '' && (text === url || pathname === '/');
  });
}
