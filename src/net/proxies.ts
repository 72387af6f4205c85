import { BlockList, isIP, isIPv6 } from 'node:net';
import { usageError } from '../errors.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** Proxy is a proxy from the environment. */
export interface Proxy {
  /** With its credentials, in a spelling that all libraries read the same way. */
  readonly url: string;
  /** For people: the URL without credentials, and the variable that it comes from. */
  readonly shown: string;
  /** `HTTPS_PROXY`, in the case in which it is set. */
  readonly variable: string;
  readonly hasCredentials: boolean;
}

/**
 * `proxyFor` returns the proxy that `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` ask for, or `undefined`.
 * Read as curl does: lower-case names win, a proxy without a scheme is an http one. Throws a usage error for a
 * proxy that cannot be used.
 */
export function proxyFor(url: URL, env: Env): Proxy | undefined {
  const secure = url.protocol === 'https:' || url.protocol === 'wss:';
  const found = variable(env, secure ? 'https_proxy' : 'http_proxy') ?? variable(env, 'all_proxy');
  if (found === undefined || isExempt(url, secure, variable(env, 'no_proxy')?.value ?? '')) return undefined;
  const text = found.value.includes('://') ? found.value : `http://${found.value}`;
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) {
    throw usageError(`The proxy in ${found.name} is not an http:// or https:// URL.`, 'Set it like http://proxy.example.com:8080.');
  }
  const { protocol, username, password, host } = new URL(text);
  const user = username === '' && password === '' ? '' : `${reencoded(username)}:${reencoded(password)}@`;
  return { url: `${protocol}//${user}${host}`, shown: `the proxy ${protocol}//${host} (${found.name})`, variable: found.name, hasCredentials: user !== '' };
}

/** The first of a variable's two spellings that is set, and not empty. */
function variable(env: Env, lowerCase: string): { name: string; value: string } | undefined {
  return [lowerCase, lowerCase.toUpperCase()]
    .map((name) => ({ name, value: env[name]?.trim() ?? '' }))
    .find(({ value }) => value !== '');
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

/** Whether the address is this one, or in this subnet. */
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
