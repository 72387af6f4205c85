import { LOOPBACK_NAMES } from '../http/host-check.ts';

/** Where the emulator shows what the native client page of a cloud would show. */
export const NATIVE_CLIENT_PATH = '/common/oauth2/nativeclient';

/** The redirect URIs of native clients, whose user copies the address of a blank page that Microsoft hosts. */
const NATIVE_CLIENT_URIS: readonly string[] = [
  'https://login.microsoftonline.com/common/oauth2/nativeclient',
  'https://login.microsoftonline.us/common/oauth2/nativeclient',
  'https://login.chinacloudapi.cn/common/oauth2/nativeclient',
  'https://login.live.com/oauth20_desktop.srf',
];

/**
 * Returns where the browser is sent for a redirect URI; undefined if it is not accepted. A code must
 * not leave this machine: only plain http to loopback is accepted, on any port and path (RFC 8252, 7.3),
 * and the native client pages, in place of which the emulator at `origin` shows its own.
 */
export function replyAddress(redirectUri: string, origin: string): string | undefined {
  if (NATIVE_CLIENT_URIS.includes(redirectUri) || redirectUri === `${origin}${NATIVE_CLIENT_PATH}`) return `${origin}${NATIVE_CLIENT_PATH}`;
  if (!URL.canParse(redirectUri)) return undefined;
  const { protocol, hostname, username, password } = new URL(redirectUri);
  return protocol === 'http:' && LOOPBACK_NAMES.includes(hostname) && username === '' && password === '' ? redirectUri : undefined;
}
