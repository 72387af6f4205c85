import { codeOf, innermostMessage } from '../errors.ts';
import { isUntrusted } from '../lib/system-errors.ts';
import type { Proxy } from './proxies.ts';

/** Failure says why no answer came, for an error's message and details. */
export interface Failure {
  /** Completes "… could not be reached: …"; names the proxy, if there is one, without its credentials. */
  why: string;
  /** Node's error code. */
  code: string | undefined;
  /** HTTP status of a proxy that refused the tunnel. */
  status: number | undefined;
  hint: string | undefined;
}

/** What fails before there is a connection: with a proxy it is always the one to the proxy. */
const CONNECTING = new Set([
  'ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT',
]);

/** undici names its own errors by their type. */
const PLAIN_WORDS: Record<string, string> = {
  UND_ERR_HEADERS_TIMEOUT: 'no response in time',
  UND_ERR_BODY_TIMEOUT: 'the response stalled',
  UND_ERR_HEADERS_OVERFLOW: 'the response headers are too long',
};

/** `describeFailure` says why a request to `host` got no answer; `proxy` is the one that it went through. */
export function describeFailure(error: unknown, host: string, proxy?: Proxy): Failure {
  const code = codeOf(error);
  const itself = innermostMessage(error);
  const message = itself.startsWith('the proxy ') ? itself : PLAIN_WORDS[code ?? ''] ?? itself;
  const answered = /^Proxy response \((\d+)\)/.exec(message)?.[1];
  if (answered !== undefined) return { ...refusedTunnel(Number(answered), host, proxy), code };
  const base = { code, status: undefined };
  if (proxy === undefined) return { ...base, why: message, hint: hintFor(code) };
  if (CONNECTING.has(code ?? '')) {
    return { ...base, why: `could not connect to ${proxy.shown}: ${message}`, hint: `Check ${proxy.variable}, and that the proxy is running. Hosts in NO_PROXY bypass it.` };
  }
  const why = message.startsWith('the proxy ') ? message.replace('the proxy', proxy.shown) : `${message}, through ${proxy.shown}`;
  return { ...base, why, hint: isUntrusted(error) && !isAboutTime(code) ? 'If the proxy inspects TLS, add its certificate authority with NODE_EXTRA_CA_CERTS.' : hintFor(code) };
}

/** `refusedTunnel` says what a proxy answered instead of opening a tunnel to `host`. */
export function refusedTunnel(status: number, host: string, proxy?: Proxy): Pick<Failure, 'why' | 'status' | 'hint'> {
  const shown = proxy?.shown ?? 'the proxy';
  const variable = proxy?.variable ?? 'HTTPS_PROXY';
  if (status === 407) {
    const why = proxy?.hasCredentials === true ? 'rejected the user name or password' : 'requires a user name and password';
    return { status, why: `${shown} ${why} (HTTP 407)`, hint: `Put them into ${variable}: http://<user>:<password>@<host>:<port>.` };
  }
  const denied = status === 403 || status === 405 || status === 501;
  return { status, why: `${shown} returned ${status}`, hint: denied ? `It may not allow connections to ${host}: ask its administrator, or add the host to NO_PROXY.` : undefined };
}

/** `hintFor` says what to do about a failure without a proxy, by Node's error code. */
export function hintFor(code: string | undefined): string | undefined {
  switch (code ?? '') {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'Check the network and the name; behind a proxy, set HTTPS_PROXY.';
    case 'ECONNREFUSED':
      return 'Nothing is listening there: check the address, and that the server is running.';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
    case 'HOSTNAME_MISMATCH':
      return 'The certificate is for another host: check the address.';
    case 'CERT_REVOKED':
      return undefined;
    default:
      if (isAboutTime(code)) return 'Check the clock of this machine.';
      return isUntrusted({ code }) ? 'The certificate is not from a known authority: add yours with NODE_EXTRA_CA_CERTS.' : undefined;
  }
}

function isAboutTime(code: string | undefined): boolean {
  return code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID';
}
