import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Dispatcher, MockAgent } from 'undici';
import { usageError } from '../../../src/errors.ts';
import { createSend } from '../../../src/net/send.ts';

const ORIGIN = 'https://graph.test';
let agent: MockAgent;
beforeEach(() => {
  agent = new MockAgent();
  agent.disableNetConnect();
});
afterEach(() => agent.close());

const send = (path: string, more: object = {}) => createSend({ dispatcher: agent })({ method: 'GET', url: `${ORIGIN}${path}`, ...more });

describe('send', () => {
  it('returns any status, with lower-case headers, repeated ones joined', async () => {
    agent.get(ORIGIN).intercept({ path: '/a', method: 'GET' }).reply(503, 'busy', { headers: { 'Retry-After': '5', 'X-Two': ['1', '2'] } });
    expect(await send('/a')).toEqual({ status: 503, body: 'busy', headers: { 'retry-after': '5', 'x-two': '1, 2' } });
  });

  it('sends method, headers and body', async () => {
    let seen: unknown;
    agent.get(ORIGIN).intercept({ path: '/a', method: 'POST' }).reply((options) => {
      seen = { headers: options.headers, body: options.body };
      return { statusCode: 200, data: '{}' };
    });
    await send('/a', { method: 'POST', headers: { 'x-a': '1' }, body: 'form=1' });
    expect(seen).toEqual({ headers: { 'x-a': '1' }, body: 'form=1' });
  });

  it.each([
    ['ECONNREFUSED', 'connect ECONNREFUSED 1.2.3.4:443', /listening/],
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND graph.test', /HTTPS_PROXY/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate', /NODE_EXTRA_CA_CERTS/],
  ])('turns %s into an error with the host, the cause and a hint', async (code, message, hint) => {
    agent.get(ORIGIN).intercept({ path: '/a?token=secret-in-query' }).replyWithError(Object.assign(new Error(message), { code }));
    await expect(send('/a?token=secret-in-query')).rejects.toMatchObject({
      category: 'network', code, message: `graph.test could not be reached: ${message}`, hint: expect.stringMatching(hint),
    });
  });

  it('reports what a proxy answered instead of opening a tunnel', async () => {
    agent.get(ORIGIN).intercept({ path: '/a' }).replyWithError(new Error('Proxy response (407) !== 200 when HTTP Tunneling'));
    await expect(send('/a')).rejects.toMatchObject({
      category: 'network', status: 407, message: 'graph.test could not be reached: the proxy requires a user name and password (HTTP 407)', hint: expect.stringContaining('http://<user>:<password>@'),
    });
    agent.get(ORIGIN).intercept({ path: '/a' }).replyWithError(new Error('Proxy response (403) !== 200 when HTTP Tunneling'));
    await expect(send('/a')).rejects.toMatchObject({ status: 403, message: 'graph.test could not be reached: the proxy returned 403', hint: expect.stringContaining('NO_PROXY') });
  });

  it('bypasses every proxy on request', async () => {
    agent.get(ORIGIN).intercept({ path: '/a' }).reply(200, 'through the proxy');
    const direct = new MockAgent();
    direct.disableNetConnect();
    direct.get(ORIGIN).intercept({ path: '/a' }).reply(200, 'directly');
    const both = createSend({ dispatcher: agent, direct });
    expect((await both({ method: 'GET', url: `${ORIGIN}/a`, direct: true })).body).toBe('directly');
    expect((await both({ method: 'GET', url: `${ORIGIN}/a` })).body).toBe('through the proxy');
    await direct.close();
  });

  it('passes on an error that is already explained', async () => {
    const wrong = usageError('the proxy is no URL');
    agent.get(ORIGIN).intercept({ path: '/a' }).replyWithError(wrong);
    await expect(send('/a')).rejects.toBe(wrong);
  });

  it('fails when its signal aborts, before or during the request', async () => {
    await expect(send('/a', { signal: AbortSignal.abort() })).rejects.toMatchObject({ category: 'network' });
    const controller = new AbortController();
    agent.get(ORIGIN).intercept({ path: '/b' }).reply(200, () => {
      controller.abort();
      return 'too late';
    });
    await expect(send('/b', { signal: controller.signal })).rejects.toMatchObject({ category: 'network' });
  });
});

it('does not wait for a connection that is never made after its signal aborts', async () => {
  const controller = new AbortController();
  class Silent extends Dispatcher {
    override dispatch(): boolean {
      // Queued until there is a connection: undici does the same.
      controller.abort();
      return true;
    }
  }
  await expect(createSend({ dispatcher: new Silent() })({ method: 'GET', url: `${ORIGIN}/a`, signal: controller.signal })).rejects.toMatchObject({ category: 'network' });
  expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
});
