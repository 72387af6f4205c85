import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { proxyFor } from '../../../src/net/proxies.ts';

const graph = new URL('https://graph.microsoft.com/v1.0/me');
const urlOf = (...asked: Parameters<typeof proxyFor>): string | undefined => proxyFor(...asked)?.url;
const proxied = (host: string, noProxy: string): boolean =>
  proxyFor(new URL(`https://${host}/`), { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: noProxy }) !== undefined;

describe('the proxy', () => {
  it('depends on the scheme; a WebSocket uses that of its http counterpart', () => {
    const env = { HTTPS_PROXY: 'http://secure:1', HTTP_PROXY: 'http://plain:2' };
    expect(urlOf(graph, env)).toBe('http://secure:1');
    expect(urlOf(new URL('wss://push.svc.ms/'), env)).toBe('http://secure:1');
    expect(urlOf(new URL('http://localhost:1/'), env)).toBe('http://plain:2');
    expect(urlOf(new URL('ws://localhost:1/'), env)).toBe('http://plain:2');
  });

  it('is shown without its credentials, and with the variable that names it', () => {
    expect(proxyFor(graph, { HTTPS_PROXY: 'http://ada:secret@proxy:3128' })).toMatchObject({ shown: 'the proxy http://proxy:3128 (HTTPS_PROXY)', hasCredentials: true });
    expect(proxyFor(graph, { all_proxy: 'proxy:3128' })).toMatchObject({ shown: 'the proxy http://proxy:3128 (all_proxy)', variable: 'all_proxy', hasCredentials: false });
    expect(() => proxyFor(graph, { ALL_PROXY: 'socks5://proxy' })).toThrow('The proxy in ALL_PROXY is not');
  });

  it('is undefined if none is set, or an empty one', () => {
    expect(urlOf(graph, {})).toBeUndefined();
    expect(urlOf(graph, { HTTPS_PROXY: ' ' })).toBeUndefined();
    expect(urlOf(graph, { HTTP_PROXY: 'http://plain:2' })).toBeUndefined();
  });

  it('is the lower-case one if both are set, or ALL_PROXY if there is no other', () => {
    expect(urlOf(graph, { HTTPS_PROXY: 'http://upper:1', https_proxy: 'http://lower:2' })).toBe('http://lower:2');
    expect(urlOf(graph, { HTTPS_PROXY: 'http://upper:1', https_proxy: '' })).toBe('http://upper:1');
    expect(urlOf(graph, { ALL_PROXY: 'http://all:3' })).toBe('http://all:3');
    expect(urlOf(graph, { ALL_PROXY: 'http://all:3', HTTPS_PROXY: 'http://upper:1' })).toBe('http://upper:1');
  });

  it('is an http proxy if it has no scheme', () => {
    expect(urlOf(graph, { HTTPS_PROXY: 'proxy:3128' })).toBe('http://proxy:3128');
    expect(urlOf(graph, { HTTPS_PROXY: 'ada:secret@proxy.example.com' })).toBe('http://ada:secret@proxy.example.com');
    expect(urlOf(graph, { HTTPS_PROXY: 'https://proxy' })).toBe('https://proxy');
  });

  it('keeps its credentials, encoded so that every library can read them', () => {
    expect(urlOf(graph, { HTTPS_PROXY: 'http://ada:p%40ss%20w@proxy:1/' })).toBe('http://ada:p%40ss%20w@proxy:1');
    expect(urlOf(graph, { HTTPS_PROXY: 'http://ada:100%@proxy:1' })).toBe('http://ada:100%25@proxy:1');
    expect(urlOf(graph, { HTTPS_PROXY: 'http://ada@proxy:1' })).toBe('http://ada:@proxy:1');
  });

  it.each(['socks5://proxy:1', 'ftp://proxy', 'http://', 'http://a b', '://', 'proxy:port'])('cannot be %s', (proxy) => {
    expect(() => proxyFor(graph, { HTTPS_PROXY: proxy })).toThrow(expect.objectContaining({ category: 'usage' }));
  });

  it('is a URL or a usage error, whatever the variables contain', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (proxy, noProxy) => {
      try {
        const found = urlOf(graph, { HTTPS_PROXY: proxy, NO_PROXY: noProxy });
        if (found !== undefined) {
          const { username, password } = new URL(found);
          expect(() => decodeURIComponent(username + password)).not.toThrow();
        }
      } catch (error) {
        expect(error).toMatchObject({ category: 'usage' });
      }
    }), { numRuns: 500 });
  });
});

describe('NO_PROXY', () => {
  it.each([
    ['graph.microsoft.com', '*'],
    ['graph.microsoft.com', 'graph.microsoft.com'],
    ['graph.microsoft.com', 'example.com, microsoft.com'],
    ['graph.microsoft.com', '.microsoft.com'],
    ['graph.microsoft.com', '*.microsoft.com'],
    ['graph.microsoft.com', 'GRAPH.Microsoft.COM'],
    ['graph.microsoft.com', 'graph.microsoft.com:443'],
    ['localhost:8443', 'a b localhost'],
    ['localhost:8443', 'localhost:8443'],
    ['127.0.0.1:1', '127.0.0.1'],
    ['127.0.0.1:1', '127.0.0.0/8'],
    ['[::1]:1', '::1'],
    ['[::1]:1', '[::1]'],
    ['[::1]:1', '[::1]:1'],
    ['[fd00::1]', 'fd00::/8'],
  ])('lets %s bypass the proxy with "%s"', (host, noProxy) => {
    expect(proxied(host, noProxy)).toBe(false);
  });

  it.each([
    ['graph.microsoft.com', ''],
    ['graph.microsoft.com', ',,'],
    ['graph.microsoft.com', 'oft.com'],
    ['microsoft.com', '.microsoft.com'],
    ['notmicrosoft.com', 'microsoft.com'],
    ['graph.microsoft.com', 'graph.microsoft.com:8443'],
    ['127.0.0.1', '127.0.0.2'],
    ['127.0.0.1', '128.0.0.0/8'],
    ['127.0.0.1', '127.0.0.1/99'],
    ['127.0.0.1', 'fd00::/8'],
    ['[::1]', '::2'],
    ['1.example.com', '0.0.0.0/0'],
  ])('does not let %s bypass the proxy with "%s"', (host, noProxy) => {
    expect(proxied(host, noProxy)).toBe(true);
  });
});
