import { describe, expect, it } from '@jest/globals';
import { describeFailure, hintFor } from '../../../src/net/failure.ts';

it.each([
  ['ENOTFOUND', /proxy/], ['EAI_AGAIN', /network/], ['ECONNREFUSED', /listening/], ['SELF_SIGNED_CERT_IN_CHAIN', /NODE_EXTRA_CA_CERTS/],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /NODE_EXTRA_CA_CERTS/], ['CERT_HAS_EXPIRED', /clock/],
])('says what to do about %s', (code, hint) => {
  expect(hintFor(code)).toMatch(hint);
});

it('has no hint for an unknown code', () => {
  expect(hintFor(undefined)).toBeUndefined();
  expect(hintFor('EPROTO')).toBeUndefined();
});

it.each([
  ['UND_ERR_HEADERS_TIMEOUT', 'Headers Timeout Error', 'no response in time'],
  ['UND_ERR_BODY_TIMEOUT', 'Body Timeout Error', 'the response stalled'],
  ['UND_ERR_HEADERS_OVERFLOW', 'Headers Overflow Error', 'the response headers are too long'],
])('explains %s in plain words', (code, message, why) => {
  const error = Object.assign(new Error(message), { code });
  const proxy = { url: 'http://proxy:1', shown: 'the proxy http://proxy:1 (HTTPS_PROXY)', variable: 'HTTPS_PROXY', hasCredentials: false };
  expect(describeFailure(error, 'graph.test')).toMatchObject({ code, why });
  expect(describeFailure(error, 'graph.test', proxy)).toMatchObject({ code, why: `${why}, through ${proxy.shown}` });
  const noTunnel = Object.assign(new Error('the proxy opened no tunnel: it did not answer within 15 s'), { code });
  expect(describeFailure(noTunnel, 'graph.test', proxy).why).toBe('the proxy http://proxy:1 (HTTPS_PROXY) opened no tunnel: it did not answer within 15 s');
});

describe('with a proxy', () => {
  const proxy = { url: 'http://ada:secret@proxy:1', shown: 'the proxy http://proxy:1 (HTTPS_PROXY)', variable: 'HTTPS_PROXY', hasCredentials: true };
  const failing = (message: string, code?: string): Error => Object.assign(new Error(message), code === undefined ? {} : { code });

  it.each([
    ['ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:1'], ['ENOTFOUND', 'getaddrinfo ENOTFOUND proxy'], ['UND_ERR_CONNECT_TIMEOUT', 'Connect Timeout Error'],
  ])('%s blames the proxy, and names it with its variable', (code, message) => {
    expect(describeFailure(failing(message, code), 'graph.test', proxy)).toEqual({
      code, status: undefined, why: `could not connect to the proxy http://proxy:1 (HTTPS_PROXY): ${message}`, hint: expect.stringMatching(/^Check HTTPS_PROXY/),
    });
  });

  it('a refusal by the proxy is explained, with a hint', () => {
    const answered = (status: number) => failing(`Proxy response (${status}) !== 200 when HTTP Tunneling`, 'UND_ERR_ABORTED');
    expect(describeFailure(answered(407), 'graph.test', proxy)).toMatchObject({ status: 407, why: 'the proxy http://proxy:1 (HTTPS_PROXY) rejected the user name or password (HTTP 407)', hint: expect.stringContaining('http://<user>:<password>@') });
    expect(describeFailure(answered(407), 'graph.test', { ...proxy, hasCredentials: false, variable: 'all_proxy' })).toMatchObject({ why: expect.stringContaining('requires a user'), hint: expect.stringContaining('all_proxy') });
    expect(describeFailure(answered(403), 'graph.test', proxy)).toMatchObject({ status: 403, why: 'the proxy http://proxy:1 (HTTPS_PROXY) returned 403', hint: expect.stringContaining('NO_PROXY') });
    expect(describeFailure(answered(502), 'graph.test', proxy)).toMatchObject({ status: 502, hint: undefined });
  });

  it('the proxy is named if it opened no tunnel, or may inspect TLS', () => {
    expect(describeFailure(failing('the proxy opened no tunnel: other side closed', 'ECONNRESET'), 'graph.test', proxy).why).toBe('the proxy http://proxy:1 (HTTPS_PROXY) opened no tunnel: other side closed');
    expect(describeFailure(failing('self-signed certificate in certificate chain', 'SELF_SIGNED_CERT_IN_CHAIN'), 'graph.test', proxy)).toMatchObject({
      why: 'self-signed certificate in certificate chain, through the proxy http://proxy:1 (HTTPS_PROXY)', hint: expect.stringMatching(/inspects TLS.*NODE_EXTRA_CA_CERTS/),
    });
    expect(describeFailure(failing('certificate has expired', 'CERT_HAS_EXPIRED'), 'graph.test', proxy).hint).toMatch(/clock/);
  });
});
