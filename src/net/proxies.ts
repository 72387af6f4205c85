import { BlockList, isIP, isIPv6 } from 'node:net';
import { usageError } from '../errors.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` ask for, in the spelling that
 * every library reads alike, or `undefined`. Read as curl does: lower-case names win, a proxy without
 * a scheme is an http one. Throws a usage error for a proxy that cannot be used.
 */
export function proxyFor(url: URL, env: Env): string | undefined {
  const secure = url.protocol === 'https:' || url.protocol === 'wss:';
  const proxy = variable(env, secure ? 'https_proxy' : 'http_proxy') ?? variable(env, 'all_proxy');
  if (proxy === undefined || isExempt(url, secure, variable(env, 'no_proxy') ?? '')) return undefined;
  const text = proxy.includes('://') ? proxy : `http://${proxy}`;
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) {
    throw usageError('The proxy in HTTPS_PROXY or HTTP_PROXY is no http:// or https:// URL.', 'Set it like http://proxy.example.com:8080.');
  }
  const { protocol, username, password, host } = new URL(text);
  const user = username === '' && password === '' ? '' : `${reencoded(username)}:${reencoded(password)}@`;
  return `${protocol}//${user}${host}`;
}

function variable(env: Env, name: string): string | undefined {
  return [env[name], env[name.toUpperCase()]].map((value) => value?.trim()).find((value) => value !== undefined && value !== '');
}

/** A password with a bare `%` in it would make the libraries throw. */
function reencoded(part: string): string {
  try {
    return encodeURIComponent(decodeURIComponent(part));
  } catch {
    return encodeURIComponent(part);
  }
}

/** `NO_PROXY`: names (their subdomains too), `.suffix`, `*.suffix`, addresses, `10.0.0.0/8`, each with a port or without; `*`. */
function isExempt(url: URL, secure: boolean, list: string): boolean {
  const host = unbracketed(url.hostname.toLowerCase());
  const port = url.port === '' ? (secure ? '443' : '80') : url.port;
  return list.toLowerCase().split(/[,\s]+/).some((entry) => {
    if (entry === '' || entry === '*') return entry === '*';
    const match = isIPv6(entry) ? null : /^(.+):(\d+)$/.exec(entry);
    if (match !== null && match[2] !== port) return false;
    const name = unbracketed(match?.[1] ?? entry);
    if (isIP(host) !== 0) return covers(name, host);
    const suffix = name.replace(/^\*?\./, '');
    return host.endsWith(`.${suffix}`) || (host === suffix && name === suffix);
  });
}

/** Is the address this one, or in this subnet? */
function covers(name: string, address: string): boolean {
  const [network = '', prefix] = name.split('/');
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  if (isIP(network) !== isIP(address)) return false;
  const bits = family === 'ipv6' ? 128 : 32;
  const length = Number(prefix ?? bits);
  if (!Number.isInteger(length) || length < 0 || length > bits) return false;
  const subnet = new BlockList();
  subnet.addSubnet(network, length, family);
  return subnet.check(address, family);
}

function unbracketed(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}
