import { describe, expect, it } from '@jest/globals';
import { Guard } from '../../../src/serve/guard.ts';

const TOKEN = 'a-token-that-nobody-guesses';
const asked = (headers: Record<string, string>, { url = '/state', method = 'GET' } = {}) => ({ url, method, headers: { host: 'localhost:8080', ...headers } });

describe('without a token', () => {
  const guard = new Guard(undefined);

  it.each(['localhost:8080', 'localhost', '127.0.0.1:1', '[::1]:8080', 'LOCALHOST:80'])('a request for %s is answered', (host) => {
    expect(guard.refusal(asked({ host }))).toBeUndefined();
    expect(guard.isKnown(undefined, undefined)).toBe(true);
  });

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1:8080', '0.0.0.0:8080', '[::]:8080'])('a request for %s is refused, since that name may have been rebound', (host) => {
    expect(guard.refusal(asked({ host }))?.status).toBe(421);
  });

  it.each(['', 'localhost/x', 'user@localhost', 'localhost?', 'localhost#', ' ', 'local host'])('a request for "%s" is not valid', (host) => {
    expect(guard.refusal(asked({ host }))?.status).toBe(400);
  });

  it('a request with a whole URL is not valid', () => {
    expect(guard.refusal(asked({}, { url: 'http://evil.example/state' }))?.status).toBe(400);
  });
});

describe('with a token', () => {
  const guard = new Guard(TOKEN);

  it('any name is accepted', () => {
    expect(guard.refusal(asked({ host: 'watch.example.org' }))).toBeUndefined();
  });

  it.each([[`Bearer ${TOKEN}`, true], [`bearer  ${TOKEN}`, true], ['Bearer wrong', false], [`Bearer ${TOKEN}x`, false], [`Basic ${TOKEN}`, false], [TOKEN, false], ['', false], [undefined, false]])('%s is accepted: %s', (header, known) => {
    expect(guard.isKnown(header, undefined)).toBe(known);
  });

  it('a browser that signed in with it has a cookie other than the token', () => {
    const cookie = guard.signIn(TOKEN);
    expect(cookie).toMatch(/^[\w-]{43}$/);
    expect(guard.isKnown(undefined, cookie)).toBe(true);
    expect(guard.isKnown(undefined, TOKEN)).toBe(false);
    expect(guard.isKnown(`Bearer ${cookie ?? ''}`, undefined)).toBe(false);
    expect(guard.signIn('wrong')).toBeUndefined();
    expect(guard.signIn('')).toBeUndefined();
  });
});

describe('a page', () => {
  const guard = new Guard(undefined);

  it('of the same origin may read', () => {
    expect(guard.refusal(asked({ origin: 'http://localhost:8080', 'sec-fetch-site': 'same-origin' }))).toBeUndefined();
    expect(guard.refusal(asked({ 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }))).toBeUndefined();
  });

  it.each(['http://evil.example', 'http://localhost:3000', 'null', 'http://localhost', 'http://localhost:8080.evil.example'])('of %s may not read', (origin) => {
    expect(guard.refusal(asked({ origin }))?.status).toBe(403);
  });

  it.each(['cross-site', 'same-site'])('that the browser calls %s may not read, but may link here', (site) => {
    expect(guard.refusal(asked({ 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors' }))?.status).toBe(403);
    expect(guard.refusal(asked({ 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate' }))).toBeUndefined();
    expect(guard.refusal(asked({ 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate' }, { method: 'POST' }))?.status).toBe(403);
  });
});
