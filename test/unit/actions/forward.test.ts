import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Agent } from 'undici';
import { forwardAction, forwardTarget, type ForwardOptions } from '../../../src/actions/forward.ts';
import { createSend, type HttpRequest, type HttpResponse, type Send } from '../../../src/net/send.ts';
import { WatchError } from '../../../src/errors.ts';
import type { Clock } from '../../../src/surroundings.ts';
import { settle, steppedClock } from '../../support/stepped-clock.ts';
import { itemOf } from './support.ts';

/** A clock whose sleeps end at once and are recorded. */
function hurriedClock(): Clock & { sleeps: number[] } {
  const sleeps: number[] = [];
  return { sleeps, now: () => Date.UTC(2026, 4, 11, 20, 0, 0), sleep: (ms) => { sleeps.push(ms); return Promise.resolve(); } };
}

function forwarder(over: Partial<ForwardOptions> & Pick<ForwardOptions, 'send'>) {
  const retries: [string, number][] = [];
  const act = forwardAction({
    target: forwardTarget('http://localhost:1/hook', [], false), batch: false, contentType: 'application/json', userAgent: 'graph-watch/test',
    clock: hurriedClock(), random: () => 1, onRetry: (why, delayMs) => { retries.push([why, delayMs]); }, ...over,
  });
  return { act, retries };
}

const never = new AbortController().signal;
const answer = (status: number, headers: Record<string, string> = {}): HttpResponse => ({ status, headers, body: '' });

/** Answers in this order, then repeats the last one. */
function answers(...all: (HttpResponse | Error)[]): Send & { asked: () => number } {
  let asked = 0;
  const send = (): Promise<HttpResponse> => {
    const next = all[Math.min(asked, all.length - 1)];
    asked += 1;
    return next instanceof Error || next === undefined ? Promise.reject(next ?? new Error('no answer')) : Promise.resolve(next);
  };
  return Object.assign(send, { asked: () => asked });
}

describe('the URL to forward to', () => {
  it.each([
    ['https://example.com/hook?sig=abc'], ['http://localhost:3000/'], ['http://127.0.0.1:3000/x'], ['http://[::1]:3000/x'],
  ])('%s is accepted', (url) => {
    expect(forwardTarget(url, [], false).url).toBe(url);
  });

  it.each([
    ['nonsense'], ['ftp://example.com/'], ['file:///etc/passwd'], ['http://example.com/'], ['https://user:password@example.com/'], ['http://localhost.example.com/'],
  ])('%s is refused as wrong usage', (url) => {
    expect(() => forwardTarget(url, [], false)).toThrow(expect.objectContaining({ category: 'usage' }));
  });

  it('may be plain http to another machine if that is allowed', () => {
    expect(forwardTarget('http://webhooks:8080/', [], true).host).toBe('webhooks:8080');
    expect(() => forwardTarget('ftp://webhooks/', [], true)).toThrow();
  });

  it.each(['Authorization', 'no value here', 'Bad Name: x', 'X: a\nY: b', 'Host: elsewhere', 'Content-Length: 3', ': x'])('refuses the header %j without quoting it', (line) => {
    expect(() => forwardTarget('https://example.com/', [line, 'Authorization: secret'], false)).toThrow(expect.not.objectContaining({ message: expect.stringContaining('secret') as unknown }));
    expect(() => forwardTarget('https://example.com/', [line], false)).toThrow(expect.objectContaining({ category: 'usage' }));
  });

  it('lists its secrets: the values of its headers and of its query', () => {
    const { headers, secrets } = forwardTarget('https://example.com/hook?sig=abc%2Bdef&x=12345678', ['Authorization: Bearer token-1', 'X-Empty:'], false);
    expect(headers).toEqual({ authorization: 'Bearer token-1', 'x-empty': '' });
    expect(secrets).toEqual(expect.arrayContaining(['Bearer token-1', 'token-1', 'sig=abc%2Bdef&x=12345678', 'abc+def']));
    expect(secrets).not.toContain('');
  });

  it.each([
    ['X-Env: production', '', []],
    ['X-Team: content and design', '?env=production', ['env=production']],
    ['X-Version: 12345678', '', []],
    ['X-Api-Key: production', '', ['production']],
    ['Cookie: a=b', '', ['a=b']],
    ['X-Hook: 9f8a7b6c5d', '', ['9f8a7b6c5d']],
    ['X-Hook: Hmac 9f8a7b6c5d', '', ['Hmac 9f8a7b6c5d', '9f8a7b6c5d']],
    ['X-Env: production', '?t=9f8a7b6c5d', ['9f8a7b6c5d', 't=9f8a7b6c5d']],
  ])('distinguishes credentials from plain words by name and by shape: %s %s', (line, query, expected) => {
    expect([...new Set(forwardTarget(`https://example.com/hook${query}`, [line], false).secrets)]).toEqual(expected);
  });
});

describe('forwarding', () => {
  it.each([500, 502, 503, 504, 408, 425, 429])('retries after %d', async (status) => {
    const send = answers(answer(status), answer(204));
    const { act, retries } = forwarder({ send });
    expect(await act([itemOf('a')], never)).toBeUndefined();
    expect(retries).toEqual([[`Forwarding modified /a.txt to localhost:1: it returned ${status}`, 500]]);
  });

  it.each([400, 401, 403, 404, 410, 413, 301, 307])('does not retry after %d', async (status) => {
    const send = answers(answer(status));
    expect((await forwarder({ send }).act([itemOf('a')], never))?.message).toBe(`Forwarding modified /a.txt to localhost:1 failed: it returned ${status}.`);
    expect(send.asked()).toBe(1);
  });

  it('backs off up to a limit, and gives up after ten attempts', async () => {
    const clock = hurriedClock();
    const send = answers(new WatchError('network', 'localhost:1 could not be reached: refused', { hint: 'Start it.' }));
    const failure = await forwarder({ send, clock }).act([itemOf('a')], never);
    expect(clock.sleeps).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    expect(failure).toEqual({ message: 'Forwarding modified /a.txt to localhost:1 failed 10 times; last error: localhost:1 could not be reached: refused.', hint: 'Start it.' });
  });

  it('obeys Retry-After, in seconds or as a date', async () => {
    const clock = hurriedClock();
    const send = answers(answer(429, { 'retry-after': '7' }), answer(503, { 'retry-after': 'Mon, 11 May 2026 20:00:09 GMT' }), answer(500), answer(200));
    await forwarder({ send, clock, random: () => 0 }).act([itemOf('a')], never);
    expect(clock.sleeps).toEqual([7_000, 9_000, 1_000]);
  });

  it('measures a Retry-After date by the clock of the server', async () => {
    const clock = hurriedClock();
    const send = answers(answer(503, { 'retry-after': 'Mon, 11 May 2026 23:00:09 GMT', date: 'Mon, 11 May 2026 23:00:00 GMT' }), answer(200));
    await forwarder({ send, clock }).act([itemOf('a')], never);
    expect(clock.sleeps).toEqual([9_000]);
  });

  it('pauses even if Retry-After is 0', async () => {
    const clock = hurriedClock();
    const send = answers(answer(429, { 'retry-after': '0' }), answer(200));
    await forwarder({ send, clock }).act([itemOf('a')], never);
    expect(clock.sleeps).toEqual([500]);
  });

  it('stops waiting when the watch ends, and does not count the event as posted', async () => {
    const clock = steppedClock();
    const stop = new AbortController();
    const send = answers(answer(503, { 'retry-after': '3600' }));
    const done = forwarder({ send, clock }).act([itemOf('a')], stop.signal);
    await settle();
    stop.abort();
    expect(await done).toMatchObject({ message: expect.stringContaining('cut short') });
    expect(send.asked()).toBe(1);
  });

  it('does not count an event as posted if the end of the watch aborted the request, or if it was refused', async () => {
    for (const outcome of [new WatchError('network', 'aborted'), answer(503), answer(404)]) {
      const stop = new AbortController();
      const send: Send = () => {
        stop.abort();
        return outcome instanceof WatchError ? Promise.reject(outcome) : Promise.resolve(outcome);
      };
      expect(await forwarder({ send }).act([itemOf('a')], stop.signal)).toMatchObject({ message: expect.stringContaining('cut short') });
    }
  });

  it('counts an event as posted if the server accepted it, even after the watch ended', async () => {
    const stop = new AbortController();
    const send: Send = () => {
      stop.abort();
      return Promise.resolve(answer(202));
    };
    expect(await forwarder({ send }).act([itemOf('a')], stop.signal)).toBeUndefined();
  });

  it.each([['http://localhost:1/', true], ['https://127.0.0.1:1/', true], ['http://[::1]:1/', true], ['https://example.com/', false], ['http://webhooks:1/', false]])(
    'to %s bypasses the proxy: %s', async (url, direct) => {
      const requests: HttpRequest[] = [];
      const send: Send = (request) => {
        requests.push(request);
        return Promise.resolve(answer(200));
      };
      await forwarder({ send, target: forwardTarget(url, [], true) }).act([itemOf('a')], never);
      expect(requests).toMatchObject([{ direct }]);
    },
  );

  it('does not hide a bug', async () => {
    await expect(forwarder({ send: answers(new TypeError('a bug')) }).act([itemOf('a')], never)).rejects.toThrow('a bug');
  });
});

describe('over the wire', () => {
  let server: Server;
  let url: string;
  const seen: { method: string | undefined; url: string | undefined; headers: IncomingHttpHeaders; body: string }[] = [];
  const dispatcher = new Agent();
  let statuses: number[] = [];
  beforeEach(async () => {
    seen.length = 0;
    server = createServer((request, response) => {
      void text(request).then((body) => {
        seen.push({ method: request.method, url: request.url, headers: request.headers, body });
        response.writeHead(statuses.shift() ?? 200).end('thanks');
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it('posts JSON with the given headers', async () => {
    const target = forwardTarget(`${url}/hook?sig=1#part`, ['Authorization: Bearer t-1', 'X-From: graph-watch'], false);
    const { act } = forwarder({ send: createSend({ dispatcher }), target });
    expect(await act([itemOf('a')], never)).toBeUndefined();
    expect(seen).toMatchObject([{
      method: 'POST', url: '/hook?sig=1', body: '{"id":"a"}',
      headers: { 'content-type': 'application/json', 'user-agent': 'graph-watch/test', authorization: 'Bearer t-1', 'x-from': 'graph-watch' },
    }]);
  });

  it('posts a batch as an array', async () => {
    const { act } = forwarder({ send: createSend({ dispatcher }), target: forwardTarget(url, [], false), batch: true, contentType: 'application/cloudevents-batch+json' });
    await act([itemOf('a'), itemOf('b')], never);
    expect(seen).toMatchObject([{ body: '[{"id":"a"},{"id":"b"}]', headers: { 'content-type': 'application/cloudevents-batch+json' } }]);
  });

  it('repeats an event until it is accepted', async () => {
    statuses = [500, 429];
    const { act } = forwarder({ send: createSend({ dispatcher }), target: forwardTarget(url, [], false) });
    expect(await act([itemOf('a')], never)).toBeUndefined();
    expect(await act([itemOf('b')], never)).toBeUndefined();
    expect(seen.map(({ body }) => body)).toEqual(['{"id":"a"}', '{"id":"a"}', '{"id":"a"}', '{"id":"b"}']);
  });
});
