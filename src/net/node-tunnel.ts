import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Duplex } from 'node:stream';
import type { TlsConnections } from './tls-connections.ts';

/** ConnectionTarget is where a connection leads: what Node's HTTP client passes to `createConnection`. */
export interface ConnectionTarget {
  host?: string | null | undefined;
  port?: number | string | null | undefined;
}

/** OpenConnection is a `createConnection` for Node's HTTP client: it returns the connection, or passes it to `done`. */
export type OpenConnection = (target: ConnectionTarget, done: (error: Error | null, socket?: Duplex) => void) => Duplex | undefined;

/** TunnelRefused says that a proxy refused to open a tunnel. */
export class TunnelRefused extends Error {
  override readonly name = 'TunnelRefused';
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly date: string | undefined;

  constructor(status: number, { retryAfter, date }: { retryAfter: string | undefined; date: string | undefined }) {
    super(`the proxy returned ${status}`);
    this.status = status;
    this.retryAfter = retryAfter;
    this.date = date;
  }
}

export interface TunnelOptions {
  /** The proxy's URL, with its credentials. */
  proxy: string;
  /** Makes the TLS connection that goes through the tunnel, if one does. */
  tls: TlsConnections | undefined;
  /** The roots to trust for the proxy itself, if they are more than Node's own. */
  secureContext: SecureContext | undefined;
  /** Finds the proxy's address. */
  lookup?: LookupFunction | undefined;
  /** Ends the attempt, and with it every socket that it has opened. */
  signal: AbortSignal;
}

/**
 * `tunnelThrough` makes connections through a proxy (CONNECT, RFC 9110 §9.3.6). Node's own HTTP client asks for the
 * tunnel: it bounds what a proxy may say before the end of its answer (16 KB), and its socket belongs to the signal.
 */
export function tunnelThrough({ proxy, tls, ...options }: TunnelOptions): OpenConnection {
  return (target, done) => {
    open(proxy, target, options).then(
      (socket) => { done(null, tls === undefined ? socket : tls.open({ host: target.host ?? '', port: target.port ?? '', socket })); },
      (error: unknown) => { done(error as Error); },
    );
    return undefined;
  };
}

function open(proxy: string, { host, port }: ConnectionTarget, { secureContext, lookup, signal }: Omit<TunnelOptions, 'proxy' | 'tls'>): Promise<Socket> {
  const { protocol, hostname, port: proxyPort, username, password } = new URL(proxy);
  const secure = protocol === 'https:';
  const name = (host ?? '').replace(/^\[|\]$/g, '');
  const authority = `${isIP(name) === 6 ? `[${name}]` : name}:${port ?? ''}`;
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const options: RequestOptions & { secureContext?: SecureContext } = {
    method: 'CONNECT', path: authority, agent: false, signal,
    host: hostname.replace(/^\[|\]$/g, ''), port: proxyPort === '' ? (secure ? 443 : 80) : proxyPort,
    headers: { host: authority, ...(credentials === ':' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }) },
    ...(secureContext === undefined ? {} : { secureContext }),
    ...(lookup === undefined ? {} : { lookup }),
  };
  return new Promise((resolve, reject) => {
    const request = (secure ? httpsRequest : httpRequest)(options);
    request.once('error', reject);
    request.once('connect', ({ statusCode = 0, headersDistinct, headers }, socket, head) => {
      // The socket's user listens too; until then nobody does.
      socket.on('error', () => undefined);
      if (statusCode === 200 && head.length === 0) {
        resolve(socket);
        return;
      }
      socket.destroy();
      // In HTTP and in TLS the client speaks first: this is an answer of the proxy itself (such as a page).
      if (statusCode === 200) reject(new Error('the proxy opened no tunnel: it answered the request itself'));
      else reject(new TunnelRefused(statusCode, { retryAfter: headersDistinct['retry-after']?.join(', '), date: headers.date }));
    });
    request.end();
  });
}
