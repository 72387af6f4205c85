import { readFileSync } from 'node:fs';
import { connect, type LookupFunction } from 'node:net';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { Agent, Dispatcher, ProxyAgent } from 'undici';
import { createLookup } from './lookup.ts';
import { isLoopback } from './loopback.ts';
import { proxyFor, type Env, type Proxy } from './proxies.ts';
import { proxyClient } from './undici-tunnel.ts';
import { TlsConnections } from './tls-connections.ts';
import { tunnelThrough, type OpenConnection } from './node-tunnel.ts';

/** Network is one decision about proxies and certificates for sign-in, Graph and the push socket alike. */
export interface Network {
  /** Sends each request directly or through the proxy that its URL calls for. */
  readonly dispatcher: Dispatcher;
  /** Sends without a proxy, whatever the environment says. */
  readonly direct: Dispatcher;
  /** Finds addresses, for direct connections. */
  readonly lookup: LookupFunction;
  /** Makes the connection of a WebSocket, directly or through the proxy that its URL calls for. A tunnel that it opens belongs to the attempt. */
  connection(url: string, attempt: AbortSignal): OpenConnection;
  /** Leads through the same proxy, without TLS inside the tunnel; `undefined`: connect directly. What it opens belongs to the attempt. */
  tunnel(url: string, attempt: AbortSignal): OpenConnection | undefined;
  /** The proxy that this URL calls for, for messages about it. */
  proxyOf(url: string): Proxy | undefined;
  /**
   * The roots to trust if they are more than Node's own, otherwise `undefined`. Created once: reading all
   * the public roots for each connection would cost more than the handshake.
   */
  readonly secureContext: SecureContext | undefined;
  close(): Promise<void>;
}

export interface NetworkOptions {
  /** A PEM to trust in addition to the public roots: the emulator's CA. */
  extraCa?: string | undefined;
  /** Names the proxies, and `NODE_EXTRA_CA_CERTS`: an explicit list of roots replaces Node's, which holds it. */
  env: Env;
  /** No proxy for this machine; otherwise `NO_PROXY` says so, as with curl, or a request that asks for `direct`. */
  loopbackDirect?: boolean;
}

/** A TCP and TLS handshake that takes longer has failed. */
const CONNECT_TIMEOUT_MS = 15_000;

export function createNetwork({ extraCa, env, loopbackDirect = false }: NetworkOptions): Network {
  const secureContext = extraCa === undefined ? undefined : createSecureContext({ ca: [...rootCertificates, extraCa, ...extraCertificates(env)] });
  const roots = secureContext === undefined ? {} : { secureContext };
  const names = createLookup();
  const { lookup } = names;
  const tls = { timeout: CONNECT_TIMEOUT_MS, lookup, ...roots };
  const secured = new TlsConnections(secureContext);
  const proxyOf = (url: URL): Proxy | undefined => (loopbackDirect && isLoopback(url.hostname) ? undefined : proxyFor(url, env));
  const direct = new Agent({ connect: tls });
  const dispatcher = new RoutingDispatcher(
    (url) => proxyOf(url)?.url,
    direct,
    (proxy) => new ProxyAgent({
      uri: proxy, ...credentials(proxy), requestTls: tls, proxyTls: tls, connectTimeout: CONNECT_TIMEOUT_MS, clientFactory: (_origin, options) => proxyClient(options),
    }),
  );
  return {
    dispatcher,
    direct,
    secureContext,
    lookup,
    connection(text, signal) {
      const url = new URL(text);
      const proxy = proxyOf(url);
      const isSecure = url.protocol === 'https:' || url.protocol === 'wss:';
      if (proxy !== undefined) return tunnelThrough({ proxy: proxy.url, tls: isSecure ? secured : undefined, secureContext, lookup, signal });
      return ({ host, port }) => {
        const place = { host: host ?? '', port: Number(port), lookup };
        return isSecure ? secured.open(place) : connect(place);
      };
    },
    tunnel(text, signal) {
      const proxy = proxyOf(new URL(text));
      return proxy === undefined ? undefined : tunnelThrough({ proxy: proxy.url, tls: undefined, secureContext, lookup, signal });
    },
    proxyOf: (url) => proxyOf(new URL(url)),
    // Not close(): that waits for a connection which is still being made, up to its time-out.
    close: async () => {
      names.close();
      await dispatcher.destroy();
    },
  };
}

/** undici sends no credentials if the user has no password; many proxies identify a user by a token alone. */
function credentials(proxy: string): { token?: string } {
  const { username, password } = new URL(proxy);
  if (username === '' && password === '') return {};
  return { token: `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}` };
}

function extraCertificates(env: Env): string[] {
  const path = env.NODE_EXTRA_CA_CERTS;
  if (path === undefined || path === '') return [];
  try {
    return [readFileSync(path, 'utf8')];
  } catch {
    // Node itself only warns about an unreadable file, and has done so when it started.
    return [];
  }
}

class RoutingDispatcher extends Dispatcher {
  readonly #proxyFor: (origin: URL) => string | undefined;
  readonly #direct: Agent;
  readonly #throughProxy: (proxy: string) => ProxyAgent;
  readonly #proxies = new Map<string, ProxyAgent>();

  constructor(proxyOf: (origin: URL) => string | undefined, direct: Agent, throughProxy: (proxy: string) => ProxyAgent) {
    super();
    this.#proxyFor = proxyOf;
    this.#direct = direct;
    this.#throughProxy = throughProxy;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return this.#route(options.origin).dispatch(options, handler);
  }

  override async close(): Promise<void> {
    await Promise.all([this.#direct, ...this.#proxies.values()].map((agent) => agent.close()));
  }

  override async destroy(): Promise<void> {
    await Promise.all([this.#direct, ...this.#proxies.values()].map((agent) => agent.destroy()));
  }

  #route(origin: string | URL | undefined): Agent | ProxyAgent {
    const proxy = origin === undefined ? undefined : this.#proxyFor(new URL(origin));
    if (proxy === undefined) return this.#direct;
    let agent = this.#proxies.get(proxy);
    if (agent === undefined) {
      agent = this.#throughProxy(proxy);
      this.#proxies.set(proxy, agent);
    }
    return agent;
  }
}
