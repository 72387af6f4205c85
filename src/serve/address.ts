import { usageError } from '../errors.ts';
import { isLoopback } from '../net/loopback.ts';

/** ServeAddress is where to listen. */
export interface ServeAddress {
  /** A name or an address, an IPv6 address without its brackets. */
  host: string;
  /** 0 for any free port. */
  port: number;
}

const HINT = 'Write it like 8080, 127.0.0.1:8080 or [::1]:8080.';

/** `parseServeAddress` reads `[host:]port`; without a host it is this machine's loopback. Throws a usage error for anything else. */
export function parseServeAddress(text: string): ServeAddress {
  const [, bracketed, plain, digits = ''] = /^(?:(?:\[([0-9a-f:.]+(?:%\w+)?)\]|([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)):)?(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65_535) throw usageError(`"${text}" is not a valid address to serve at.`, HINT);
  return { host: bracketed ?? plain ?? '127.0.0.1', port };
}

/** `hostInUrl` returns the host as it is written in a URL. */
export function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** `isLocal` returns whether only programs on this machine can reach the address. */
export function isLocal({ host }: ServeAddress): boolean {
  return isLoopback(hostInUrl(host));
}
