import { readFileSync } from 'node:fs';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import type { Agent as HttpAgent } from 'node:http';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import { Agent, Dispatcher, ProxyAgent } from 'undici';
import { usageError } from '../errors.ts';

/** The way out: one decision about proxies and certificates for sign-in, Graph and the push socket alike. */
export interface Network {
  /** Sends each request directly or through the proxy that its URL calls for. */
  readonly dispatcher: Dispatcher;
  /** The agent that takes a WebSocket through the same proxy; `undefined`: connect directly. */
  socketAgent(url: string): HttpAgent | undefined;
  /**
   * The roots to trust where they are more than Node's own, else `undefined`. Made once: to read all
   * the public roots for each connection would cost more than the handshake.
   */
  readonly secureContext: SecureContext | undefined;
  close(): Promise<void>;
}

export interface NetworkOptions {
  /** A PEM to trust besides the public roots: the emulator's CA. */
  extraCa?: string | undefined;
  /** Where `NODE_EXTRA_CA_CERTS` is looked up: an explicit list of roots replaces Node's, which holds it. */
  env: Readonly<Record<string, string | undefined>>;
}

/** A TCP and TLS handshake that takes longer has failed. */
const CONNECT_TIMEOUT_MS = 15_000;

export function createNetwork({ extraCa, env }: NetworkOptions): Network {
  const secureContext = extraCa === undefined ? undefined : createSecureContext({ ca: [...rootCertificates, extraCa, ...extraCertificates(env)] });
  const roots = secureContext === undefined ? {} : { secureContext };
  const tls = { timeout: CONNECT_TIMEOUT_MS, ...roots };
  const dispatcher = new RoutingDispatcher(
    new Agent({ connect: tls }),
    (proxy) => new ProxyAgent({ uri: proxy, requestTls: tls, proxyTls: tls, connectTimeout: CONNECT_TIMEOUT_MS }),
  );
  return {
    dispatcher,
    secureContext,
    socketAgent(url) {
      // proxy-from-env knows http and https; a WebSocket goes the way its http twin would.
      const proxy = proxyFor(url.replace(/^ws/, 'http'));
      return proxy === undefined ? undefined : new HttpsProxyAgent(proxy, roots);
    },
    close: () => dispatcher.close(),
  };
}

/** The proxy that `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` ask for, if any. */
function proxyFor(url: string): string | undefined {
  const proxy = getProxyForUrl(url);
  if (proxy === '') return undefined;
  if (!/^https?:\/\//i.test(proxy) || !URL.canParse(proxy)) {
    throw usageError('The proxy in HTTPS_PROXY or HTTP_PROXY is no http:// or https:// URL.', 'Set it like http://proxy.example.com:8080.');
  }
  return proxy;
}

function extraCertificates(env: NetworkOptions['env']): string[] {
  const path = env.NODE_EXTRA_CA_CERTS;
  if (path === undefined || path === '') return [];
  try {
    return [readFileSync(path, 'utf8')];
  } catch {
    // Node itself only warns about an unreadable file, and has done so at its start.
    return [];
  }
}

class RoutingDispatcher extends Dispatcher {
  readonly #direct: Agent;
  readonly #throughProxy: (proxy: string) => ProxyAgent;
  readonly #proxies = new Map<string, ProxyAgent>();

  constructor(direct: Agent, throughProxy: (proxy: string) => ProxyAgent) {
    super();
    this.#direct = direct;
    this.#throughProxy = throughProxy;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return this.#route(options.origin ?? '').dispatch(options, handler);
  }

  override async close(): Promise<void> {
    await Promise.all([this.#direct, ...this.#proxies.values()].map((agent) => agent.close()));
  }

  override async destroy(): Promise<void> {
    await Promise.all([this.#direct, ...this.#proxies.values()].map((agent) => agent.destroy()));
  }

  #route(origin: string | URL): Agent | ProxyAgent {
    const proxy = proxyFor(String(origin));
    if (proxy === undefined) return this.#direct;
    let agent = this.#proxies.get(proxy);
    if (agent === undefined) {
      agent = this.#throughProxy(proxy);
      this.#proxies.set(proxy, agent);
    }
    return agent;
  }
}
